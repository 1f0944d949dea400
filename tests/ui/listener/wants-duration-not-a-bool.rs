use event_core::{Event, Listener};

#[derive(Listener)]
#[listen("app:parse", on_end = Self::ended, wants_duration = "yes")]
struct Timed;

impl Timed {
    fn ended(&self, _: &Event<'_>) {}
}

fn main() {}
