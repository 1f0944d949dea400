use event_core::{Event, Listener};

#[derive(Listener)]
#[listen("app:parse", on_start = Self::started, wants_duration = true)]
struct Timed;

impl Timed {
    fn started(&self, _: &Event<'_>) {}
}

fn main() {}
