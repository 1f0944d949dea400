use event_core::trigger_event;
struct Worker;
impl Worker {
    #[trigger_event("ui:kind", skip(self))]
    fn work(&self) {}
}
fn main() {
    Worker.work();
}
