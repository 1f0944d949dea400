use event_core::{Listener, RecordingListener};

#[derive(Listener)]
enum Told {
    #[listen("ui:kind")]
    One(RecordingListener),
}

fn main() {}
