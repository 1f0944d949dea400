//! `log` and `tracing` in a program that sets up neither a logger nor a subscriber: it is said once, at the end.
#![cfg(all(feature = "log", feature = "tracing"))]

use std::process::Command;

use event_core::trigger_event;

const CHILD: &str = "EVENT_EXPORT_TEST_CHILD";

/// Runs this test's program again, as one that exports; returns what it says on stderr.
fn stderr_of(name: &str, exports: &str) -> String {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture", "--test-threads=1"])
        .env(CHILD, "1")
        .env("EVENT_EXPORT", exports)
        .output()
        .unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

fn is_child() -> bool {
    std::env::var_os(CHILD).is_some()
}

#[test]
fn what_is_missing_is_said_once() {
    if is_child() {
        let _exports = event_export::from_env().unwrap();
        trigger_event("nothing:set_up", (), || {});
        trigger_event("nothing:set_up", (), || {});
        return;
    }
    let said = stderr_of("what_is_missing_is_said_once", "log,tracing");
    let mut lines: Vec<&str> = said.lines().collect();
    lines.sort_unstable();
    assert_eq!(
        lines,
        [
            "event-export: `log` in EVENT_EXPORT wants a logger: the program has set up none; the program goes on without it",
            "event-export: `tracing` in EVENT_EXPORT wants a subscriber: the program has set up none; the program goes on without it",
        ]
    );
}

#[test]
fn one_that_is_set_up_later_is_enough() {
    if is_child() {
        let _exports = event_export::from_env().unwrap();
        trigger_event("nothing:before", (), || {});
        tracing::subscriber::set_global_default(tracing_subscriber::registry()).unwrap();
        log::set_max_level(log::LevelFilter::Info);
        trigger_event("nothing:after", (), || {});
        return;
    }
    assert_eq!(
        stderr_of("one_that_is_set_up_later_is_enough", "log,tracing"),
        ""
    );
}

#[test]
fn without_events_nothing_is_missing() {
    if is_child() {
        let _exports = event_export::from_env().unwrap();
        return;
    }
    assert_eq!(
        stderr_of("without_events_nothing_is_missing", "log,tracing"),
        ""
    );
}

#[test]
fn it_is_said_though_other_threads_are_inside_heard_calls() {
    const NAME: &str = "it_is_said_though_other_threads_are_inside_heard_calls";
    if is_child() {
        let _exports = event_export::from_env().unwrap();
        let (inside, is_inside) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            trigger_event("nothing:busy", (), || {
                trigger_event("nothing:ended", (), || {});
                inside.send(()).unwrap();
                loop {
                    std::thread::park();
                }
            });
        });
        is_inside.recv().unwrap();
        std::process::exit(0);
    }
    let said = stderr_of(NAME, "log,tracing");
    assert_eq!(said.lines().count(), 2, "{said}");
    assert!(
        said.contains("a logger") && said.contains("a subscriber"),
        "{said}"
    );
}
