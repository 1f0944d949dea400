use event_core::Listener;

#[derive(Listener)]
enum Progress {}

fn main() {}
