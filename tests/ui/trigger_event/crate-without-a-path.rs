use event_core::trigger_event;

#[trigger_event("ui:kind", crate)]
fn work() {}

fn main() {
    work();
}
