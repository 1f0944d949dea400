use event_core::trigger_event;

trait Work {
    #[trigger_event("ui:kind")]
    fn work(&self);
}
struct Worker;
impl Work for Worker {
    fn work(&self) {}
}
fn main() {
    Worker.work();
}
