use event_core::{Listener, RecordingListener};

#[derive(Listener)]
struct Told {
    #[listen("ui:kind")]
    recorder: RecordingListener,
}

fn main() {}
