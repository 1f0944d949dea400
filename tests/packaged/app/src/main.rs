//! An application that uses the macros, a recorder and each output that is a file.

#![deny(warnings)]

use std::sync::atomic::{AtomicU32, Ordering};

use event_core::{Event, EventData, Listener, install, install_recorder, trigger_event};

#[global_allocator]
static ALLOCATOR: event_export::CountingAllocator = event_export::CountingAllocator::system();

#[derive(EventData)]
struct Input<'a> {
    text: &'a str,
}

#[derive(Default, Listener)]
#[listen("app:*", on_end = Self::count_failure)]
struct Failures(AtomicU32);

impl Failures {
    fn count_failure(&self, event: &Event<'_>) {
        if event.is_failed() {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[trigger_event("app:parse", ret, err)]
fn parse(text: &str) -> Result<u32, std::num::ParseIntError> {
    text.parse()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: app FOLDER")?;
    let path = |name: &str| format!("{folder}/{name}");
    let parts = [
        ("summary", "table.json"),
        ("chrome", "trace.json"),
        ("flame", "flame.svg"),
        ("report", "report.html"),
    ];
    let spec = parts
        .map(|(part, name)| format!("{part}={}", path(name)))
        .join(",");
    let exports = event_export::from_text(&spec, "app:*")?;
    let recorder = install_recorder("app:parse");
    let failures = install(Failures::default());

    trigger_event("app:run", Input { text: "2 and x" }, || {
        assert_eq!(parse("2"), Ok(2));
        assert!(parse("x").is_err());
    });

    let lines: Vec<String> = recorder
        .buffer()
        .iter()
        .map(|(_, event)| event.to_string())
        .collect();
    assert_eq!(
        lines,
        [
            r#"START app:parse parse text="2""#,
            r#"END app:parse parse text="2" return=2"#,
            r#"START app:parse parse text="x""#,
            r#"END app:parse parse text="x" failed: error: invalid digit found in string"#,
        ]
    );
    assert_eq!(failures.0.load(Ordering::Relaxed), 1);

    drop(exports);
    for (_part, name) in parts {
        let text = std::fs::read_to_string(path(name))?;
        assert!(text.contains("parse"), "{name} lacks the function:\n{text}");
    }
    println!("app: 4 events recorded, 4 files written");
    Ok(())
}
