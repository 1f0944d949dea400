use event_core::{Event, Listener};

#[derive(Listener)]
#[listen("a*b", on_ends = ended)]
#[listen("ui:kind", wants_data = 1)]
struct Progress;

fn ended(_: &Progress, _: &Event<'_>) {}

fn main() {
    drop(event_core::install(Progress));
}
