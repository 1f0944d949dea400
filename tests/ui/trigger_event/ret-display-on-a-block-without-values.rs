use event_core::trigger_event;

struct Work;

#[trigger_event("ui:kind", ret(Display))]
impl Work {
    fn work(&self) {}
    async fn more(&self) {}
}

fn main() {
    Work.work();
    let _ = Work.more();
}
