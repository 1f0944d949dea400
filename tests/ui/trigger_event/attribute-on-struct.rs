use event_core::trigger_event;

#[trigger_event("ui:kind")]
struct Worker;

fn main() {
    let _ = Worker;
}
