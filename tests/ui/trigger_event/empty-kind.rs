use event_core::trigger_event;

#[trigger_event("")]
fn work() {}

fn main() {
    work();
}
