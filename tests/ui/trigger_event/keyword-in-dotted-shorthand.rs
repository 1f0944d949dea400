use event_core::trigger_event;

struct Request {
    kind: u8,
}

#[trigger_event("ui:kind", data(?request.type))]
fn work(request: Request) -> u8 {
    request.kind
}

fn main() {
    work(Request { kind: 1 });
}
