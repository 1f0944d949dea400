use event_core::trigger_event;

#[trigger_event("ui:kind")]
fn work() -> u8 {
    "text"
}

fn main() {
    work();
}
