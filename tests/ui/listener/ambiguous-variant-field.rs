use event_core::{Listener, RecordingListener};

#[derive(Listener)]
enum Progress {
    Two(RecordingListener, RecordingListener),
}

fn main() {}
