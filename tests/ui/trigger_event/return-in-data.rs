use event_core::trigger_event;

#[trigger_event("ui:kind", data(half = if n == 0 { return } else { 10 / n }))]
fn work(n: u8) {
    let _ = n;
}

fn main() {
    work(1);
}
