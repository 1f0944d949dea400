use event_core::trigger_event;

#[trigger_event(skip_all, ret)]
fn work() -> u8 {
    1
}

fn main() {
    work();
}
