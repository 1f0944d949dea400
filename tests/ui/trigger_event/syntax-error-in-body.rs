use event_core::trigger_event;

#[trigger_event("ui:kind")]
fn work() -> u8 {
    let n = ;
    1
}

fn main() {
    work();
}
