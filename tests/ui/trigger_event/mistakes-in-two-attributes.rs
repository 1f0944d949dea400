use event_core::trigger_event;

#[trigger_event("ui:*")]
#[trigger_event("ui:kind", skip(b))]
fn work(a: u8) -> u8 {
    a
}

fn main() {
    work(1);
}
