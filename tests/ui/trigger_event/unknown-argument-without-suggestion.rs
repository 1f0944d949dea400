use event_core::trigger_event;

#[trigger_event("ui:kind", xxdat(path))]
fn work() {}

fn main() {
    work();
}
