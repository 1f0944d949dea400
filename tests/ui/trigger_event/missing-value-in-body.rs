use event_core::trigger_event;

#[trigger_event("ui:kind")]
fn work() -> u8 {
    let _ = 1;
}

fn main() {
    work();
}
