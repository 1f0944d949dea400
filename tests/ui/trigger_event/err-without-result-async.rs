use event_core::trigger_event;

#[trigger_event("ui:kind", err)]
async fn work() -> Option<u8> {
    Some(1)
}

fn main() {
    drop(work());
}
