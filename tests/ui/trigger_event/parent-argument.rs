use event_core::trigger_event;

#[trigger_event("app:work", parent = None)]
fn work() {}

fn main() {
    work();
}
