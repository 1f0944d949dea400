use event_core::trigger_event;

#[trigger_event("ui:kind", skip(pasword))]
fn work(name: &str, password: &str) {
    let _ = (name, password);
}

fn main() {
    work("", "");
}
