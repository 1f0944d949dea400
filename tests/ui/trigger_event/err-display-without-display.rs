use event_core::trigger_event;

#[derive(Debug)]
struct Failure;

#[trigger_event("ui:kind", err(Display))]
fn work() -> Result<(), Failure> {
    Err(Failure)
}

fn main() {
    let _ = work();
}
