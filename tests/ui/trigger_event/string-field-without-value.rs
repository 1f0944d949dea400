use event_core::trigger_event;

#[trigger_event("app:work", data("http.status"))]
fn work() {}

fn main() {
    work();
}
