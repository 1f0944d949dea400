use event_core::trigger_event;

#[trigger_event("ui:kind", redact(token), data(token = password.len()))]
fn work(password: &str) {
    let _ = password;
}

fn main() {
    work("x");
}
