use event_core::trigger_event;

#[derive(Debug)]
struct Code;
struct Work;

#[trigger_event("ui:kind", err(Display))]
impl Work {
    fn work(&self) -> Result<(), Code> {
        Err(Code)
    }
    fn more(&self) -> Result<u8, std::fmt::Error> {
        Ok(1)
    }
}

fn main() {
    let _ = Work.work();
    let _ = Work.more();
}
