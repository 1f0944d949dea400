use event_core::{Listener, RecordingListener};

#[derive(Listener)]
struct Progress(#[listen] RecordingListener);

fn main() {}
