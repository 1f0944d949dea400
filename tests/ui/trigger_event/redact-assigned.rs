use event_core::trigger_event;

#[trigger_event("ui:kind", redact = text)]
fn work(text: &str) -> usize {
    text.len()
}

fn main() {
    work("a");
}
