use event_core::trigger_event;

#[trigger_event(target = "app")]
fn work() {}

fn main() {
    work();
}
