use event_core::trigger_event;

struct Worker;

#[trigger_event("app:work", name = "work")]
impl Worker {
    fn work(&self) {}
}

fn main() {
    Worker.work();
}
