use event_core::trigger_event;

struct Code;

#[trigger_event("app:work", err(Debug))]
fn work() -> Result<(), Code> {
    Err(Code)
}

fn main() {
    work().is_err();
}
