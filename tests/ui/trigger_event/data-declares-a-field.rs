use event_core::trigger_event;

#[trigger_event("ui:kind", data(rows))]
fn work(length: u8) {
    let _ = length;
}

fn main() {
    work(1);
}
