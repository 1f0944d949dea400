use event_core::{Event, Listener};

#[derive(Listener)]
#[listen("ui:kind", on_end = ended, wants_end_data = false, wants_end_data = false)]
struct Progress;

fn ended(_: &Progress, _: &Event<'_>) {}

fn main() {
    drop(event_core::install(Progress));
}
