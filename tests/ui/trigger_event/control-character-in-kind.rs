use event_core::trigger_event;

#[trigger_event("ui:\n")]
fn work() {}

fn main() {
    work();
}
