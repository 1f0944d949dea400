use event_core::trigger_event;

#[trigger_event("app:work", skip(self))]
fn work() {}

fn main() {
    work();
}
