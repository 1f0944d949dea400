use event_core::trigger_event;

#[trigger_event("app:work", data("" = 1))]
fn work() {}

fn main() {
    work();
}
