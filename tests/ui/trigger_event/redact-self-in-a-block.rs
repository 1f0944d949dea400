use event_core::trigger_event;

struct Client;

#[trigger_event("ui:kind", redact(self))]
impl Client {
    fn work(&self) {}
}

fn main() {
    Client.work();
}
