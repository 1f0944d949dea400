use event_core::trigger_event;

#[trigger_event("", ret, ret, skip(b), level)]
fn work(a: u8) -> u8 {
    a
}

fn main() {
    work(1);
}
