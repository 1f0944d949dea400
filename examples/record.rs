//! Records calls with their arguments, and shows which one failed.
//!
//! Run it with `cargo run --example record`.

use event_core::{Value, install_recorder, trigger_event};

#[trigger_event("app:parse", err)]
fn parse(text: &str, radix: u32) -> Result<u32, std::num::ParseIntError> {
    u32::from_str_radix(text, radix)
}

fn main() {
    let recorder = install_recorder("app:*"); // records until it is dropped
    let sum = parse("2a", 16).unwrap_or(0) + parse("oops", 10).unwrap_or(0);
    assert_eq!(sum, 42);

    for (time, event) in recorder.buffer() {
        let time = time
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default();
        println!("{}.{:06} {event}", time.as_secs(), time.subsec_micros());
    }

    assert_eq!(
        recorder.lines()[1],
        r#"END app:parse parse text="2a" radix=16"#
    );
    let events: Vec<_> = recorder
        .buffer()
        .into_iter()
        .map(|(_, event)| event)
        .collect();
    assert_eq!(events.len(), 4);
    assert_eq!(
        events[0].data().get("radix").and_then(Value::to_u64),
        Some(16)
    );
    assert_eq!(events[0].id(), events[1].id());
    let exc = events[3].exc_details().expect("the second call failed");
    assert_eq!(exc.message(), "invalid digit found in string");
}
