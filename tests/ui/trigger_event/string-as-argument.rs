use event_core::trigger_event;

#[trigger_event("ui:kind", "ret")]
fn work() -> u8 {
    1
}

fn main() {
    work();
}
