use event_core::Listener;

#[derive(Listener)]
struct Told;

fn main() {
    drop(event_core::install(Told));
}
