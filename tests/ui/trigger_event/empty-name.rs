use event_core::trigger_event;

#[trigger_event("app:work", name = "")]
fn work() {}

fn main() {
    work();
}
