use event_core::trigger_event;
struct Worker<T>(T);
impl<T: Into<u8>> Worker<T> {
    #[trigger_event(<Self as Into<u8>>::KIND)]
    fn work() {}
}
fn main() {
    Worker::<u8>::work();
}
