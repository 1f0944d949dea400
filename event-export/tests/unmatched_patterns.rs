//! The hints for patterns of `EVENT_KINDS`, `EVENT_FUNCTIONS` and `EVENT_REDACT` that matched
//! nothing.

#![cfg(all(feature = "summary", feature = "chrome"))]

mod support;

use event_core::{Value, add_data, data, trigger_event};
use support::child::{self, current_test};

struct Parser;

#[trigger_event("hints:parse:items", ret)]
impl Iterator for Parser {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        None
    }
}

struct Grid<T>(T);

#[trigger_event("hints:grid")]
impl<T> Grid<T> {
    fn cell(&self) -> &T {
        &self.0
    }
}

mod cache {
    pub(crate) mod disk {
        use event_core::trigger_event;

        #[trigger_event("hints:cache:disk")]
        pub(crate) fn load(path: &str, auth_token: u32) {
            let _ = (path, auth_token);
        }
    }
}

#[trigger_event("hints:cache", name = "cache.purge")]
fn purge() {}

#[trigger_event("hints:hidden")]
fn log_in(secret_word: &str) {
    let _ = secret_word;
}

/// Runs in the child process.
fn run(mode: &str) {
    let first = event_export::from_env().unwrap();
    // Exporters that are installed beside those of the environment.
    let kinds = std::env::var("EVENT_KINDS").unwrap_or_default();
    let others = ["summary=/dev/null", "chrome=/dev/null"];
    let others = others.map(|other| event_export::from_text(other, &kinds).unwrap());
    if mode != "no data" {
        assert_eq!(Parser.next(), None);
        Grid(1).cell();
        cache::disk::load("a", 1);
        log_in("a");
        purge();
        let nested = Value::nested(data! { inner_key = 1 });
        trigger_event(
            "hints:closure",
            data! { session_id = 1, nested = nested },
            || {
                add_data(data! { row_count = 2 });
            },
        );
    }
    drop(others);
    drop(first);
}

/// Returns the lines on stderr of a child process with the variables.
fn lines_of(test: &str, mode: &str, variables: &[(&str, &str)]) -> Vec<String> {
    let mut command = child::command(test, mode);
    command.env("EVENT_EXPORT", "summary=/dev/null,chrome=/dev/null");
    command.envs(variables.iter().copied());
    child::messages(&mut command)
}

/// Returns the hint for the only pattern of `variable` that matches nothing.
fn hint(test: &str, variable: &str, pattern: &str, what: &str) -> String {
    let lines = lines_of(test, "", &[(variable, pattern)]);
    let begin = format!("`{pattern}` in {variable} matched no {what}; ");
    assert_eq!(lines.len(), 1, "{lines:?}");
    let hint = lines[0].strip_prefix(&begin);
    hint.unwrap_or_else(|| panic!("{lines:?}")).to_owned()
}

#[test]
fn nearest_function_is_suggested_in_the_form_that_matches() {
    if let Some(mode) = child::mode() {
        return run(&mode);
    }
    for (pattern, nearest) in [
        ("Parser::next", "<Parser as Iterator>::next"),
        ("parser::nxt", "<Parser as Iterator>::next"),
        ("Iterator::next", "<Parser as Iterator>::next"),
        ("next", "<Parser as Iterator>::next"),
        ("nex*", "*::nex*"),
        ("Grid<_>", "Grid<_>::*"),
        ("unmatched_patterns::cache", "unmatched_patterns::cache::*"),
        (
            "unmatched_patterns::cell",
            "unmatched_patterns::Grid<_>::cell",
        ),
        ("purge", "cache.purge"),
        (
            "unmatched_patterns::cache::dsik::*",
            "unmatched_patterns::cache::disk::*",
        ),
        ("Parser::*", "<Parser as Iterator>::*"),
        ("Grid::cell", "Grid<_>::cell"),
        ("Grid::*", "Grid<_>::*"),
        ("*::cel", "*::cell"),
        ("*dis::*", "unmatched_patterns::*disk::*"),
        ("lod", "load"),
        (
            "unmatched_patterns::cahce::*",
            "unmatched_patterns::cache::*",
        ),
        (
            "unmatched_patterns::cache::memory::*",
            "unmatched_patterns::cache::*",
        ),
        ("unmatched_patterns::network::*", "unmatched_patterns::*"),
        (
            "unmatched_patterns::Parser::next",
            "unmatched_patterns::<Parser as Iterator>::next",
        ),
        ("other_crate::load", "load"),
        (
            "* (event-export/tests/unmatched_pattern.rs:*)",
            "* (event-export/tests/unmatched_patterns.rs:*)",
        ),
    ] {
        let hint = hint(current_test!(), "EVENT_FUNCTIONS", pattern, "function");
        assert_eq!(hint, format!("did you mean `{nearest}`?"), "{pattern}");
        let suggested = lines_of(current_test!(), "", &[("EVENT_FUNCTIONS", nearest)]);
        assert_eq!(suggested, [""; 0], "the suggestion matches");
    }
}

#[test]
fn nearest_kind_is_suggested_whatever_the_wildcard_matches() {
    if let Some(mode) = child::mode() {
        return run(&mode);
    }
    for (pattern, nearest) in [
        ("hint:*", "hints:*"),
        ("hint:p*", "hints:p*"),
        ("Hints:Cache:*", "hints:cache:*"),
        ("hints:network:*", "hints:*"),
        ("hints:cache:network", "hints:cache*"),
        ("hints:pasre:*", "hints:parse:*"),
        ("hints:closure:inner", "hints:closure*"),
        ("hints:closur", "hints:closure"),
    ] {
        let hint = hint(current_test!(), "EVENT_KINDS", pattern, "event");
        assert_eq!(hint, format!("did you mean `{nearest}`?"), "{pattern}");
    }
    let all = "`hints:cache`, `hints:cache:disk`, `hints:closure`, `hints:grid`, `hints:hidden` and 1 more";
    for pattern in ["db*", "x", "sql:*"] {
        let hint = hint(current_test!(), "EVENT_KINDS", pattern, "event");
        assert_eq!(
            hint,
            format!("the program has the kinds {all}"),
            "{pattern}"
        );
    }
}

#[test]
fn pattern_that_hides_no_key_is_reported_with_the_nearest() {
    if let Some(mode) = child::mode() {
        return run(&mode);
    }
    for (pattern, nearest) in [
        ("auth_tokn", "auth_token"),
        ("*tokn*", "*token*"),
        ("sesion*", "session*"),
        ("!row_cuont", "row_count"),
        ("iner_key", "inner_key"),
        ("retrun", "return"),
    ] {
        let lines = lines_of(current_test!(), "", &[("EVENT_REDACT", pattern)]);
        let pattern = pattern.trim_start_matches('!');
        assert_eq!(
            lines,
            [format!(
                "`{pattern}` in EVENT_REDACT matched no key; did you mean `{nearest}`?"
            )]
        );
    }
    let hint = hint(current_test!(), "EVENT_REDACT", "iban", "key");
    let keys = "`auth_token`, `inner_key`, `nested`, `path`, `return` and 3 more";
    assert_eq!(hint, format!("the program has the keys {keys}"));
}

#[test]
fn pattern_that_hides_a_key_is_not_reported() {
    if let Some(mode) = child::mode() {
        return run(&mode);
    }
    let all = "PATH,auth_token,*word,session_id,nested,inner_*,row_count,!return";
    assert_eq!(
        lines_of(current_test!(), "", &[("EVENT_REDACT", all)]),
        [""; 0]
    );
    // A key of a function that was called but is not exported.
    let not_exported = [
        ("EVENT_KINDS", "!hints:hidden"),
        ("EVENT_REDACT", "secret_word"),
    ];
    assert_eq!(lines_of(current_test!(), "", &not_exported), [""; 0]);
    // Nothing could be hidden, so no pattern is wrong.
    assert_eq!(
        lines_of(current_test!(), "no data", &[("EVENT_REDACT", "password")]),
        [""; 0]
    );
}

#[test]
fn each_pattern_is_reported_once_by_all_exporters() {
    if let Some(mode) = child::mode() {
        return run(&mode);
    }
    let variables = [
        ("EVENT_KINDS", "hints:*,hint:*,!hint:*, hint:*"),
        ("EVENT_FUNCTIONS", "*,lod,lod"),
        ("EVENT_REDACT", "pth,pth"),
    ];
    assert_eq!(
        lines_of(current_test!(), "", &variables),
        [
            "`hint:*` in EVENT_KINDS matched no event; did you mean `hints:*`?",
            "`lod` in EVENT_FUNCTIONS matched no function; did you mean `load`?",
            "`pth` in EVENT_REDACT matched no key; did you mean `path`?",
        ]
    );
}
