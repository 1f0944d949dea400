use event_core::trigger_event;

#[trigger_event("ui:kind", ret(Display))]
async fn work() -> () {}

fn main() {
    let _ = work();
}
