use event_core::trigger_event;

struct Code;
struct Work;

#[trigger_event("ui:kind", ret(Display))]
impl Work {
    fn work(&self) {}
    fn code(&self) -> Code {
        Code
    }
}

fn main() {
    Work.work();
    Work.code();
}
