use event_core::trigger_event;

#[trigger_event("ui:kind", ret)]
fn work() -> impl Fn(&str) -> &str {
    |text| text
}

fn main() {
    work()("");
}
