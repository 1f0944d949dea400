use event_core::trigger_event;

struct Client;

#[trigger_event("ui:kind", redact(pasword))]
impl Client {
    fn log_in(password: &str) {
        let _ = password;
    }
}

fn main() {
    Client::log_in("x");
}
