use event_core::trigger_event;

#[trigger_event("ui:kind", ret(Display))]
fn work() {}

fn main() {
    work();
}
