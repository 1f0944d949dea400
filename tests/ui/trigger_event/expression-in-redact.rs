use event_core::trigger_event;

#[trigger_event("ui:kind", redact(pair.0))]
fn work(pair: (u8, u8)) {
    let _ = pair;
}

fn main() {
    work((1, 2));
}
