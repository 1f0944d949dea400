use event_core::trigger_event;

#[trigger_event("ui:kind")]
std::thread_local! {}

fn main() {}
