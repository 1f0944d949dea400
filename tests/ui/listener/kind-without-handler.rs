use event_core::Listener;

#[derive(Listener)]
#[listen("ui:kind")]
struct Told;

fn main() {
    drop(event_core::install(Told));
}
