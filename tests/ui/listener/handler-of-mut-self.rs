use event_core::{Event, Listener};

#[derive(Listener)]
#[listen("ui:kind", on_end = Self::ended)]
struct Told;

impl Told {
    fn ended(&mut self, _: &Event<'_>) {}
}

fn main() {}
