use event_core::trigger_event;

#[trigger_event("ui:kind", data(n = std::future::ready(n.min(return)).await))]
async fn work(n: u8) {
    let _ = n;
}

fn main() {
    drop(work(1));
}
