use event_core::trigger_event;

#[trigger_event("ui:kind")]
enum Worker {
    One,
}

fn main() {
    let _ = Worker::One;
}
