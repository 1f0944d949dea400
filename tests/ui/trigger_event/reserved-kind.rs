use event_core::trigger_event;

#[trigger_event("numba:typo")]
fn work() {}

fn main() {
    work();
}
