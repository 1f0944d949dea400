use event_core::trigger_event;

#[trigger_event("ui:kind")]
fn work() -> u8 {
    let n = missing;
    n + 1
}

fn main() {
    work();
}
