use event_core::{Listener, RecordingListener};

#[derive(Listener)]
struct Progress(#[listen(forward = true)] RecordingListener);

fn main() {}
