use event_core::{Event, Listener};

#[derive(Listener)]
#[listen("ui:kind", on_end = Self::ended)]
struct Progress;

impl Progress {
    fn ended(&mut self, _: &Event<'_>) {}
}

fn main() {}
