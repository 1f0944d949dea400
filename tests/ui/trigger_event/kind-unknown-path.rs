use event_core::trigger_event;

#[trigger_event(KIND)]
fn work() {}

fn main() {
    work();
}
