use event_core::trigger_event;

#[trigger_event("ui:kind", skip(n), data(n))]
fn work(n: u8) {
    let _ = n;
}

fn main() {
    work(1);
}
