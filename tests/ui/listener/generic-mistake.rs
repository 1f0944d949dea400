use event_core::Listener;

#[derive(Listener)]
#[listen("")]
struct Progress<T>(#[listen(forward)] T);

fn main() {}
