use event_core::{Listener, RecordingListener};

#[derive(Listener)]
struct Progress {
    #[listen(forwards)]
    recorder: RecordingListener,
}

fn main() {}
