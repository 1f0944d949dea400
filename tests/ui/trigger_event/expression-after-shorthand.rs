use event_core::trigger_event;

#[trigger_event("app:work", data(%text.len()))]
fn work(text: &str) -> usize {
    text.len()
}

fn main() {
    work("");
}
