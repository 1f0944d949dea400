use event_core::trigger_event;

#[derive(Debug)]
struct Code;

#[trigger_event("app:work", ret(Display))]
fn work() -> Code {
    Code
}

fn main() {
    work();
}
