use event_core::trigger_event;

#[trigger_event("ui:kind", redact(password), skip(password))]
fn work(password: &str) {
    let _ = password;
}

fn main() {
    work("x");
}
