use event_core::{Listener, RecordingListener};

#[derive(Listener)]
struct Told(#[listen(forward = true)] RecordingListener);

fn main() {}
