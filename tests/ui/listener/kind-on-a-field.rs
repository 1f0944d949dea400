use event_core::{Listener, RecordingListener};

#[derive(Listener)]
struct Progress {
    #[listen("ui:kind")]
    recorder: RecordingListener,
}

fn main() {}
