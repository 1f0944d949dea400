use event_core::trigger_event;

#[trigger_event("ui:kind", data(user. = 3))]
fn work() {}

fn main() {
    work();
}
