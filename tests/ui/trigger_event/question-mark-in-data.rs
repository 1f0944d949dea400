use event_core::trigger_event;

#[trigger_event("ui:kind", data(n = text.parse::<u8>()?))]
fn work(text: &str) -> Result<(), std::num::ParseIntError> {
    let _ = text;
    Ok(())
}

fn main() {
    let _ = work("1");
}
