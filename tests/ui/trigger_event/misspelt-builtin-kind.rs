use event_core::trigger_event;

#[trigger_event("numba:compil")]
fn work() {}

fn main() {
    work();
}
