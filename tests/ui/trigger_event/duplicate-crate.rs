use event_core::trigger_event;

#[trigger_event("ui:kind", crate = event_core, crate = event_core)]
fn work(n: u8, m: u8) -> Result<u8, u8> {
    Ok(n + m)
}

fn main() {
    let _ = work(1, 2);
}
