use event_core::trigger_event;

#[trigger_event("ui:kind")]
#[trigger_event("ui:kind")]
fn work() {}

fn main() {
    work();
}
