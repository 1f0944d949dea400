use event_core::trigger_event;

#[trigger_event("app:work", name = "two\nlines")]
fn work() {}

fn main() {
    work();
}
