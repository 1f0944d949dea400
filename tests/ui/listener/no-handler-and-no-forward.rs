use event_core::Listener;

#[derive(Listener)]
struct Progress;

fn main() {
    drop(event_core::install(Progress));
}
