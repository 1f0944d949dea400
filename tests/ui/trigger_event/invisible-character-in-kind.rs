use event_core::trigger_event;

#[trigger_event("app:bidi\u{202e}x")]
fn work() {}

fn main() {
    work();
}
