use event_core::{Listener, RecordingListener};

#[derive(Listener)]
enum Told {
    Two(RecordingListener, RecordingListener),
}

fn main() {}
