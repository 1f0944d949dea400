use event_core::trigger_event;

#[trigger_event("ui:kind")]
fn work<'a>(one: &'a str, other: &str) -> &'a str {
    if one.is_empty() { other } else { one }
}

fn main() {
    work("", "");
}
