use event_core::trigger_event;

fn main() {
    let work = #[trigger_event("ui:kind")]
    || 1;
    work();
}
