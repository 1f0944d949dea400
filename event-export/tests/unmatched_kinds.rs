//! Patterns of `EVENT_KINDS` that matched no event are reported at the end, with the nearest kind.

#![cfg(feature = "summary")]

mod support;

use event_core::{Kind, trigger_event};
use support::child::{self, current_test, warnings};

#[trigger_event("unmatched_app:parse")]
fn parse() {}

#[trigger_event("unmatched_app:render")]
fn render() {}

/// Returns the lines on stderr of a child process with `kinds`. The child calls two functions and
/// broadcasts a third kind by name, or calls nothing.
fn lines_of(test: &str, mode: &str, kinds: &str) -> Vec<String> {
    let mut command = child::command(test, mode);
    command.env("EVENT_EXPORT", "summary=/dev/null");
    command.env("EVENT_KINDS", kinds);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    warnings(&output)
}

/// Runs in the child process.
fn export(mode: &str) {
    let _exports = event_export::from_env().unwrap();
    if mode == "calls" {
        parse();
        render();
        trigger_event("unmatched_db:query", (), || {});
        let _created = Kind::new("unmatched_app:never").unwrap(); // broadcasts nothing
    }
    if mode == "exits" {
        std::process::exit(0);
    }
}

#[test]
fn pattern_without_an_event_is_reported_with_the_nearest() {
    if let Some(mode) = child::mode() {
        return export(&mode);
    }
    let all = "`unmatched_app:parse`, `unmatched_app:render`, `unmatched_db:query`";
    for (kinds, lines) in [
        ("*", &[][..]),
        ("unmatched_app:*,!unmatched_app:parse", &[]),
        ("unmatched_db:query", &[]),
        (
            "unmatched_app:prase",
            &[
                "`unmatched_app:prase` in EVENT_KINDS matched no event; did you mean \
               `unmatched_app:parse`?",
            ],
        ),
        (
            "unmatched_app:*, !unmatched_app:rende",
            &[
                "`unmatched_app:rende` in EVENT_KINDS matched no event; did you mean \
               `unmatched_app:render`?",
            ],
        ),
        (
            "unmatched-app:*,unmatched_db:*",
            &["`unmatched-app:*` in EVENT_KINDS matched no event; did you mean `unmatched_app:*`?"],
        ),
        (
            "http:*",
            &[&*format!(
                "`http:*` in EVENT_KINDS matched no event; the program has the kinds {all}"
            )],
        ),
        (
            "numba:*,sql",
            &[
                &*format!(
                    "`numba:*` in EVENT_KINDS matched no event; the program has the kinds {all}"
                ),
                &*format!("`sql` in EVENT_KINDS matched no event; the program has the kinds {all}"),
            ],
        ),
    ] {
        let expected = lines.iter().map(|line| format!("event-export: {line}"));
        let expected: Vec<_> = expected.collect();
        assert_eq!(lines_of(current_test!(), "calls", kinds), expected);
    }
}

#[test]
fn program_without_events_is_reported_once() {
    if let Some(mode) = child::mode() {
        return export(&mode);
    }
    for mode in ["returns", "exits"] {
        assert_eq!(
            lines_of(current_test!(), mode, "app:*"),
            [
                "event-export: `app:*` in EVENT_KINDS matched no event; no function with events \
                 was called"
            ]
        );
    }
}
