use event_core::{Event, Listener};

#[derive(Listener)]
#[listen("ui:kind", on_end = ended)]
struct Progress;

fn ended(_: &Progress, _: &Event<'_>) -> u8 {
    3
}

fn main() {}
