use event_core::trigger_event;

#[trigger_event("ui:kind")]
unsafe extern "C" {
    safe fn abs(n: i32) -> i32;
}

fn main() {
    abs(1);
}
