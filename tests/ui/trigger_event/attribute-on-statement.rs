use event_core::trigger_event;

fn main() {
    #[trigger_event("ui:kind")]
    let work = || 1;
    work();
}
