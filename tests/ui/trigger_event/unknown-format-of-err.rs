use event_core::trigger_event;

#[trigger_event("ui:kind", err(Debug, Display))]
fn work() -> Result<u8, u8> {
    Ok(1)
}

fn main() {
    let _ = work();
}
