use event_core::trigger_event;

#[trigger_event(rets)]
fn work() -> u8 {
    1
}

fn main() {
    work();
}
