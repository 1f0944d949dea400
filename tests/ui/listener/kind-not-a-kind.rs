use event_core::{Event, Listener};

#[derive(Listener)]
#[listen(NUMBER, on_end = ended)]
struct Told;

const NUMBER: u8 = 3;
fn ended(_: &Told, _: &Event<'_>) {}

fn main() {
    drop(event_core::install(Told));
}
