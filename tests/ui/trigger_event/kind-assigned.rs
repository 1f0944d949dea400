use event_core::trigger_event;

#[trigger_event(kind = "ui:kind")]
fn work() {}

fn main() {
    work();
}
