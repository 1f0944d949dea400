use event_core::trigger_event;

#[trigger_event("ui:kind", crate = "event_core")]
fn work() {}

fn main() {
    work();
}
