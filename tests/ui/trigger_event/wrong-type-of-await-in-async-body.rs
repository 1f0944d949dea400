use event_core::trigger_event;

#[trigger_event("ui:kind")]
async fn work() -> u8 {
    std::future::ready("text").await
}

fn main() {
    drop(work());
}
