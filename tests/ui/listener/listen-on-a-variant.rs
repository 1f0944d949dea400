use event_core::{Listener, RecordingListener};

#[derive(Listener)]
enum Progress {
    #[listen("ui:kind")]
    One(RecordingListener),
}

fn main() {}
