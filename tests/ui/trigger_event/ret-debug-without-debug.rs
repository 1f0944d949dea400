use event_core::trigger_event;

struct Code;

#[trigger_event("ui:kind", ret(Debug))]
fn work() -> Code {
    Code
}

fn main() {
    work();
}
