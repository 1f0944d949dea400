//! `EVENT_FUNCTIONS`: which functions the outputs show, and patterns that match none.

#![cfg(all(feature = "summary", feature = "chrome", feature = "flame"))]

mod support;

use event_core::{data, trigger_event};
use serde_json::Value;
use support::child::{self, current_test, stderr};
use support::temp_dir::TempDir;

struct Parser;

#[trigger_event("filtered:parse")]
impl Parser {
    fn new() -> Self {
        Self
    }

    fn document(&self) {
        self.skipped();
        trigger_event("filtered:closure", data! { n = 1 }, || {});
    }

    fn skipped(&self) {
        self.token();
    }

    fn token(&self) {
        let _ = self;
    }
}

#[trigger_event("filtered_db:query")]
fn query() {}

/// Runs in the child process.
fn run() {
    match event_export::from_env() {
        Ok(_exports) => {
            Parser::new().document();
            query();
        }
        Err(error) => eprintln!("event-export: {error}"),
    }
}

#[test]
fn every_output_shows_only_the_functions_of_the_filter() {
    if child::mode().is_some() {
        return run();
    }
    let directory = TempDir::new("functions");
    let mut command = child::command(current_test!(), "");
    let exports = "summary=s.csv,chrome=c.json,flame=f.folded;by=count";
    command.current_dir(directory.path());
    command.env("EVENT_EXPORT", exports);
    command.env("EVENT_FUNCTIONS", "Parser::*, !*::new, !*::skipped");
    let output = command.output().unwrap();
    assert!(
        output.status.success() && stderr(&output).is_empty(),
        "{output:?}"
    );
    let read = |name: &str| std::fs::read_to_string(directory.path().join(name)).unwrap();

    let table = read("s.csv");
    let rows = table
        .lines()
        .skip(1)
        .map(|row| row.split(',').nth(1).unwrap());
    let mut rows: Vec<_> = rows.collect();
    rows.sort_unstable();
    assert_eq!(rows, ["Parser::document", "Parser::token"]);

    let trace: Value = serde_json::from_str(&read("c.json")).unwrap();
    let events = trace.as_array().unwrap().iter();
    let names = events.filter_map(|event| {
        let is_call = ["B", "X"].iter().any(|phase| event["ph"] == *phase);
        is_call.then(|| event["name"].as_str().unwrap().to_owned())
    });
    let names: Vec<_> = names.collect();
    assert!(
        names.iter().all(|name| rows.contains(&&**name)),
        "{names:?}"
    );
    assert_eq!(names.len(), 2, "{names:?}");

    let stacks = read("f.folded");
    let deepest = stacks.lines().map(|line| line.rsplit_once(' ').unwrap().0);
    let deepest = deepest.max_by_key(|stack| stack.len()).unwrap();
    let frames: Vec<_> = deepest.split(';').collect();
    let is_at = |name| {
        frames
            .iter()
            .position(|frame| frame.contains(name))
            .unwrap()
    };
    assert_eq!(is_at("Parser::document") + 1, is_at("Parser::token"));
    assert!(
        !stacks.contains("skipped") && !stacks.contains("query"),
        "{stacks}"
    );
}

fn lines_of(test: &str, kinds: &str, functions: &str) -> Vec<String> {
    let mut command = child::command(test, "");
    command.env("EVENT_EXPORT", "summary=/dev/null");
    command.env("EVENT_KINDS", kinds);
    command.env("EVENT_FUNCTIONS", functions);
    child::messages(&mut command)
}

#[test]
fn pattern_without_a_function_is_reported_with_the_nearest() {
    if child::mode().is_some() {
        return run();
    }
    for (kinds, functions, lines) in [
        ("", "", &[][..]),
        ("", "  ", &[]),
        ("", "*", &[]),
        ("", "Parser::*,!*::new", &[]),
        ("", "filtered:closure", &[]),
        (
            "",
            "function_filters::*, !function_filters::Parser::new",
            &[],
        ),
        ("", "* (event-export/tests/function_filters.rs:*)", &[]),
        (
            "",
            "function_filters::Parser::tokn",
            &[
                "`function_filters::Parser::tokn` in EVENT_FUNCTIONS matched no function; did you \
               mean `function_filters::Parser::token`?",
            ],
        ),
        (
            "",
            "Parser::*,!*::tokn",
            &["`*::tokn` in EVENT_FUNCTIONS matched no function; did you mean `*::token`?"],
        ),
        (
            "",
            "Parsers::*",
            &["`Parsers::*` in EVENT_FUNCTIONS matched no function; did you mean `Parser::*`?"],
        ),
        (
            "",
            "Parser::tokn",
            &[
                "`Parser::tokn` in EVENT_FUNCTIONS matched no function; did you mean `Parser::token`?",
            ],
        ),
        (
            "",
            "token",
            &["`token` in EVENT_FUNCTIONS matched no function; did you mean `Parser::token`?"],
        ),
        (
            "",
            "app::parse::Parser::token",
            &[
                "`app::parse::Parser::token` in EVENT_FUNCTIONS matched no function; did you mean \
               `Parser::token`?",
            ],
        ),
        (
            "filtered:*",
            "query,Server::*",
            &[
                "`query` in EVENT_FUNCTIONS matched no function; `query` has the kind \
                 `filtered_db:query`, which EVENT_KINDS leaves out",
                "`Server::*` in EVENT_FUNCTIONS matched no function; the program has the \
                 functions `Parser::document`, `Parser::new`, `Parser::skipped`, `Parser::token`, \
                 `filtered:closure`",
            ],
        ),
        (
            "filtered_typo:*",
            "query",
            &[
                "`filtered_typo:*` in EVENT_KINDS matched no event; did you mean `filtered_db:*`?",
                "`query` in EVENT_FUNCTIONS matched no function; `query` has the kind \
                 `filtered_db:query`, which EVENT_KINDS leaves out",
            ],
        ),
    ] {
        assert_eq!(
            lines_of(current_test!(), kinds, functions),
            lines,
            "{functions}"
        );
    }
}

#[test]
fn invalid_pattern_is_an_error_with_its_place() {
    if child::mode().is_some() {
        return run();
    }
    for (functions, line) in [
        (
            "Parser::*,,!*::new",
            "`Parser::*,,!*::new` in EVENT_FUNCTIONS: \"\", pattern 2 of \"Parser::*,,!*::new\": a pattern must not \
             be empty; remove the extra comma",
        ),
        (
            "Parser::*, ",
            "`Parser::*,` in EVENT_FUNCTIONS: \"\", pattern 2 of \"Parser::*,\": a pattern must not be \
             empty; remove the extra comma",
        ),
        (
            ",",
            "`,` in EVENT_FUNCTIONS: \"\", pattern 1 of \",\": a pattern must not be empty; remove \
             the extra comma",
        ),
        (
            "!",
            "`!` in EVENT_FUNCTIONS: \"!\": a pattern must not be empty; write a name, or `*` for all",
        ),
        (
            "Tree<*",
            "`Tree<*` in EVENT_FUNCTIONS: \"Tree<*\": unmatched `<`; write the other bracket, or \
             `*` for the text",
        ),
    ] {
        assert_eq!(lines_of(current_test!(), "", functions), [line]);
    }
}
