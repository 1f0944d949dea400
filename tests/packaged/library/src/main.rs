//! Calls the library; with the feature `events` it also checks the events.

#![deny(warnings)]

use library::{Counter, length};

fn call() {
    assert_eq!(length("four"), Ok(4));
    assert!(length("").is_err());
    assert_eq!(Counter::default().add(2), 2);
}

#[cfg(feature = "events")]
fn main() {
    let recorder = event_core::install_recorder("lib:*");
    call();
    let lines: Vec<String> = recorder
        .buffer()
        .iter()
        .map(|(_, event)| event.to_string())
        .collect();
    assert_eq!(
        lines,
        [
            r#"START lib:length length text="four""#,
            r#"END lib:length length text="four" return=4"#,
            r#"START lib:length length text="""#,
            r#"END lib:length length text="" failed: error: empty"#,
            "START lib:counter Counter::add amount=2",
            "END lib:counter Counter::add amount=2",
        ]
    );
    println!("library with `events`: {} events", lines.len());
}

#[cfg(not(feature = "events"))]
fn main() {
    call();
    println!("library without `events`: no events");
}
