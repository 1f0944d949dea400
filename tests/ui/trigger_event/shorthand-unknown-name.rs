use event_core::trigger_event;

#[trigger_event("ui:kind", data(%txt))]
fn work(text: &str) -> usize {
    text.len()
}

fn main() {
    work("a");
}
