use event_core::trigger_event;

#[trigger_event("app:work", ret(level = "debug"))]
fn work() -> u8 {
    1
}

fn main() {
    work();
}
