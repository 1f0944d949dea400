use event_core::trigger_event;

#[trigger_event]
#[trigger_event(ret)]
fn work() -> u8 {
    1
}

fn main() {
    work();
}
