use event_core::Listener;

#[derive(Listener)]
struct Progress(#[listen(forward)] u8);

fn main() {}
