use event_core::trigger_event;

#[trigger_event("ui:kind", err)]
fn work() {}

fn main() {
    work();
}
