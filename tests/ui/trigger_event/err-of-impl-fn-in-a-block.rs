use event_core::trigger_event;

struct Maker;

#[trigger_event("ui:kind", err)]
impl Maker {
    fn make(&self) -> Result<impl Fn() -> u8, String> {
        Ok(|| 1)
    }
}

fn main() {
    drop(Maker.make());
}
