use event_core::trigger_event;

const KIND: &str = "ui:kind";

#[trigger_event(KIND)]
fn work() {}

fn main() {
    work();
}
