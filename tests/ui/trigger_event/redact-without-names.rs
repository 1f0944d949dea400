use event_core::trigger_event;

#[trigger_event("ui:kind", redact)]
fn work(_n: u8) {}

fn main() {
    work(1);
}
