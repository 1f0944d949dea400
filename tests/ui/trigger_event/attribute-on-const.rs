use event_core::trigger_event;

#[trigger_event("ui:kind")]
const WORK: u8 = 1;

fn main() {
    let _ = WORK;
}
