use event_core::Listener;

#[derive(Listener)]
enum Told {}

fn main() {}
