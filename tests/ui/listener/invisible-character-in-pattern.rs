use event_core::{Event, Listener};

#[derive(Listener)]
#[listen("a\u{2066}*", on_end = ended)]
struct Progress;

fn ended(_: &Progress, _: &Event<'_>) {}

fn main() {
    drop(event_core::install(Progress));
}
