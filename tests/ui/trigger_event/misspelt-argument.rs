use event_core::trigger_event;

#[trigger_event("ui:kind", skipall)]
fn work(_n: u8) {}

fn main() {
    work(1);
}
