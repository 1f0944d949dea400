use event_core::trigger_event;

#[trigger_event("ui:kind", crate = event_cor)]
fn work() {}

fn main() {
    work();
}
