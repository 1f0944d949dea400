use event_core::trigger_event;

#[trigger_event("ui:kind", redact())]
fn work(password: &str) {
    let _ = password;
}

fn main() {
    work("a");
}
