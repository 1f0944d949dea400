use event_core::trigger_event;

type Number = u8;
struct Counter(u8);

#[trigger_event("ui:kind", err)]
impl Counter {
    fn count(&self) -> Number {
        self.0
    }
    fn reset(&mut self) {
        self.0 = 0;
    }
}

fn main() {
    Counter(1).count();
}
