use event_core::trigger_event;

#[trigger_event("ui:kind", ret(Pretty))]
fn work() -> u8 {
    1
}

fn main() {
    work();
}
