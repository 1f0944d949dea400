use event_core::trigger_event;

#[trigger_event("ui:kind", skip())]
fn work(password: &str) {
    let _ = password;
}

fn main() {
    work("a");
}
