use event_core::trigger_event;

#[trigger_event("ui:kind", data(x = 1, x = 2))]
fn work() {}

fn main() {
    work();
}
