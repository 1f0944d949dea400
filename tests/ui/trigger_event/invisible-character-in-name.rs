use event_core::trigger_event;

#[trigger_event("app:work", name = "a\u{200b}b", data("c\u{feff}" = 3))]
fn work() {}

fn main() {
    work();
}
