use event_core::trigger_event;

#[trigger_event("ui:kind", skip = )]
fn work() {}

fn main() {
    work();
}
