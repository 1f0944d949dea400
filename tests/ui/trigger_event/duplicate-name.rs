use event_core::trigger_event;

#[trigger_event("ui:kind", name = "a", name = "b")]
fn work() {}

fn main() {
    work();
}
