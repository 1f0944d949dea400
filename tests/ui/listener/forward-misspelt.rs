use event_core::{Listener, RecordingListener};

#[derive(Listener)]
struct Told {
    #[listen(forwards)]
    recorder: RecordingListener,
}

fn main() {}
