use event_core::trigger_event;

#[trigger_event(event_core::Kind::from_static("ui:kind"))]
fn work() {}

fn main() {
    work();
}
