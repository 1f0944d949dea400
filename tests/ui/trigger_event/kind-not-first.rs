use event_core::trigger_event;

#[trigger_event(ret, "ui:kind")]
fn work() -> u8 {
    1
}

fn main() {
    work();
}
