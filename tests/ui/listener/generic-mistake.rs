use event_core::Listener;

#[derive(Listener)]
#[listen("")]
struct Told<T>(#[listen(forward)] T);

fn main() {}
