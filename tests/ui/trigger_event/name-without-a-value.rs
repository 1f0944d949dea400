use event_core::trigger_event;

#[trigger_event("ui:kind", name)]
fn work() {}

fn main() {
    work();
}
