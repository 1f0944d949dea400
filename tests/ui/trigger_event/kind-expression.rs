use event_core::trigger_event;

#[trigger_event("ui:".to_owned() + "kind")]
fn work() {}

fn main() {
    work();
}
