use event_core::trigger_event;

#[trigger_event("ui:kind", data(n.len()))]
fn work(n: &str) {
    let _ = n;
}

fn main() {
    work("");
}
