use event_core::{Kind, trigger_event};
trait HasKind {
    const KIND: Kind;
}
#[trigger_event(<T as HasKind>::KIND)]
fn work<T: HasKind>(_: T) {}
impl HasKind for u8 {
    const KIND: Kind = Kind::from_static("ui:kind");
}
fn main() {
    work(1);
}
