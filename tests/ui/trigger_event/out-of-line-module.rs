use event_core::trigger_event;

#[trigger_event("ui:kind")]
#[path = "module/outside.rs"]
mod outside;

fn main() {
    outside::work();
}
