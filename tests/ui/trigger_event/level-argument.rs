use event_core::trigger_event;

#[trigger_event(level = "debug", ret)]
fn work() -> u8 {
    1
}

fn main() {
    work();
}
