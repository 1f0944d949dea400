use event_core::Listener;

#[derive(Listener)]
#[listen("ui:kind", on_end = NUMBER)]
struct Progress;

const NUMBER: u8 = 3;

fn main() {
    drop(event_core::install(Progress));
}
