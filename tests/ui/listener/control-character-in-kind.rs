use event_core::{Event, Listener};

#[derive(Listener)]
#[listen("a\n", on_end = ended)]
struct Told;

fn ended(_: &Told, _: &Event<'_>) {}

fn main() {
    drop(event_core::install(Told));
}
