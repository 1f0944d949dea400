use event_core::{Kind, trigger_event};
struct Worker;
impl Worker {
    const KIND: Kind = Kind::from_static("ui:kind");

    #[trigger_event(Self::KIND)]
    fn work() {}
}
fn main() {
    Worker::work();
}
