use event_core::{Event, Listener};

#[derive(Listener)]
#[listen(NUMBER, on_end = ended)]
struct Progress;

const NUMBER: u8 = 3;
fn ended(_: &Progress, _: &Event<'_>) {}

fn main() {
    drop(event_core::install(Progress));
}
