use event_core::{Event, Listener};

#[derive(Listener)]
#[listen("a\nb", on_end = ended)]
struct Progress;

fn ended(_: &Progress, _: &Event<'_>) {}

fn main() {
    drop(event_core::install(Progress));
}
