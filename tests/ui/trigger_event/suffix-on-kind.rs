use event_core::trigger_event;

#[trigger_event("ui:kind"k)]
fn work() {}

fn main() {
    work();
}
