use event_core::trigger_event;

unsafe extern "C" {
    #[trigger_event("ui:kind")]
    safe fn abs(n: i32) -> i32;
}

fn main() {
    abs(1);
}
