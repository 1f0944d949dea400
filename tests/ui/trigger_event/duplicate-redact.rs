use event_core::trigger_event;

#[trigger_event("ui:kind", redact(a), redact(b))]
fn work(a: u8, b: u8) {
    let _ = (a, b);
}

fn main() {
    work(1, 2);
}
