use event_core::trigger_event;

struct Counter(u8);

#[trigger_event("ui:kind", err)]
impl Counter {
    fn count(&self) -> u8 {
        self.0
    }
}

fn main() {
    Counter(1).count();
}
