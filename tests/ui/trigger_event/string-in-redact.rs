use event_core::trigger_event;

#[trigger_event("ui:kind", redact("n"))]
fn work(n: u8) {
    let _ = n;
}

fn main() {
    work(1);
}
