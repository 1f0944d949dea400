use event_core::trigger_event;

#[trigger_event("app:work", data(user.id = 1, "user.id" = 2))]
fn work() {}

fn main() {
    work();
}
