use event_core::{Event, Listener};

#[derive(Listener)]
#[listen("ui:kind", on_end = ended)]
struct Told;

fn ended(_: &Told, _: &Event<'_>) -> u8 {
    3
}

fn main() {}
