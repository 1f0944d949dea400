use event_core::trigger_event;

struct Client;

impl Client {
    #[trigger_event("ui:kind", redact(self))]
    fn work(&self) {}
}

fn main() {
    Client.work();
}
