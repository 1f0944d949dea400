use event_core::{Listener, RecordingListener};

#[derive(Listener)]
#[listen("ui:kind", crate = <u8>::event_core)]
struct Recorder {
    #[listen(forward)]
    recorder: RecordingListener,
}

fn main() {
    let _ = Recorder { recorder: RecordingListener::new() };
}
