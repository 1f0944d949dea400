//! `log` and `tracing` without a logger or a subscriber: one message each, when the process ends.

#![cfg(all(feature = "log", feature = "tracing"))]

mod support;

use event_core::trigger_event;
use support::child::{self, current_test, stderr};

/// Runs `test` in a child process and returns the stderr of that process.
fn stderr_of(test: &str) -> String {
    let mut command = child::command(test, "");
    command.env("EVENT_EXPORT", "log,tracing");
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    stderr(&output)
}

fn is_child() -> bool {
    child::mode().is_some()
}

#[test]
fn each_missing_backend_is_reported_once() {
    if is_child() {
        let _exports = event_export::from_env().unwrap();
        trigger_event("missing:backend", (), || {});
        trigger_event("missing:backend", (), || {});
        return;
    }
    let messages = stderr_of(current_test!());
    let mut lines: Vec<&str> = messages.lines().collect();
    lines.sort_unstable();
    assert_eq!(
        lines,
        [
            "event-export: `log` in EVENT_EXPORT needs a logger, but the program has set up none; the program continues without it",
            "event-export: `tracing` in EVENT_EXPORT needs a subscriber, but the program has set up none; the program continues without it",
        ]
    );
}

#[test]
fn a_backend_that_is_set_up_after_the_first_event_is_not_reported() {
    if is_child() {
        let _exports = event_export::from_env().unwrap();
        trigger_event("missing:before", (), || {});
        tracing::subscriber::set_global_default(tracing_subscriber::registry()).unwrap();
        log::set_max_level(log::LevelFilter::Info);
        trigger_event("missing:after", (), || {});
        return;
    }
    assert_eq!(stderr_of(current_test!()), "");
}

#[test]
fn without_events_no_backend_is_reported() {
    if is_child() {
        let _exports = event_export::from_env().unwrap();
        return;
    }
    assert_eq!(stderr_of(current_test!()), "");
}

#[test]
fn a_missing_backend_is_reported_although_another_thread_is_inside_a_call() {
    if is_child() {
        let _exports = event_export::from_env().unwrap();
        let (inside, is_inside) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            trigger_event("missing:busy", (), || {
                trigger_event("missing:ended", (), || {});
                inside.send(()).unwrap();
                loop {
                    std::thread::park();
                }
            });
        });
        is_inside.recv().unwrap();
        std::process::exit(0);
    }
    let messages = stderr_of(current_test!());
    assert_eq!(messages.lines().count(), 2, "{messages}");
    assert!(
        messages.contains("a logger") && messages.contains("a subscriber"),
        "{messages}"
    );
}
