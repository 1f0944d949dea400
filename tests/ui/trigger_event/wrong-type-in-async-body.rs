use event_core::trigger_event;

#[trigger_event("ui:kind")]
async fn work() -> u8 {
    "text"
}

fn main() {
    drop(work());
}
