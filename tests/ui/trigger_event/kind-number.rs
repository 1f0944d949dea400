use event_core::trigger_event;

#[trigger_event(7)]
fn work() {}

fn main() {
    work();
}
