use event_core::Listener;

#[derive(Listener)]
struct Told(#[listen(forward)] u8);

fn main() {}
