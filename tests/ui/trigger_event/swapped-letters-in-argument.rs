use event_core::trigger_event;

#[trigger_event("ui:kind", rte)]
fn work() {}

fn main() {
    work();
}
