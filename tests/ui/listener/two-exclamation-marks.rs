use event_core::{Event, Listener};

#[derive(Listener)]
#[listen("!!app:*", on_end = ended)]
struct Progress;

fn ended(_: &Progress, _: &Event<'_>) {}

fn main() {
    drop(event_core::install(Progress));
}
