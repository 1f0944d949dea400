use event_core::{Listener, RecordingListener};

#[derive(Listener)]
struct Told(#[listen] RecordingListener);

fn main() {}
