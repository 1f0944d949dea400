use event_core::trigger_event;

#[trigger_event("ui:*")]
fn work() {}

fn main() {
    work();
}
