use event_core::trigger_event;

#[trigger_event(b"ui:kind")]
fn work() {}

fn main() {
    work();
}
