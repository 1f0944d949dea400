//! The syntax of `EVENT_EXPORT`: quotes, and what to write instead of a value that is refused.

#![cfg(all(feature = "summary", feature = "chrome", feature = "flame"))]

mod support;

use std::fs;

use event_core::trigger_event;
use event_export::{from_env, from_text};
use support::child::{self, current_test, stderr};
use support::temp_dir::TempDir;

fn error(exports: &str) -> String {
    let error = from_text(exports, "environment_syntax:invalid").unwrap_err();
    let text = error.to_string();
    let begin = format!("`{}` in EVENT_EXPORT: ", error.part());
    text.strip_prefix(&begin).unwrap().to_owned()
}

#[test]
fn path_in_quotes_may_contain_every_other_character() {
    for (quote, name) in [
        ('"', "a,b;c=d.json"),
        ('\'', "a,b;c=d.json"),
        ('"', " it's 50 % .json"),
        ('\'', "\"a\".json"),
        ('"', "back\\.json"),
        ('"', "ü,.json"),
    ] {
        let directory = TempDir::new("quotes");
        let at = directory.path().display();
        let exports = format!(
            "summary={quote}{at}/{name}{quote} ; sort = {quote}name{quote} ,flame={at}/it's.svg"
        );
        let exports = from_text(&exports, "environment_syntax:quotes").unwrap();
        trigger_event("environment_syntax:quotes", (), || {});
        drop(exports);
        let mut expected = [name, "it's.svg"];
        expected.sort_unstable();
        assert_eq!(directory.entries(), expected);
    }
}

#[test]
fn process_id_is_inserted_into_a_path_in_quotes() {
    let directory = TempDir::new("quoted_id");
    let exports = format!("summary='{}/%p,%p.csv'", directory.path().display());
    drop(from_text(&exports, "environment_syntax:id").unwrap());
    let id = std::process::id();
    assert_eq!(directory.entries(), [format!("{id},{id}.csv")]);
}

#[test]
fn misplaced_quote_is_an_error_with_its_place() {
    for (exports, part, why) in [
        (
            "summary, chrome=\"a,b.json",
            "chrome=\"a,b.json",
            "the quote at character 17 is not closed; write `\"` at the end of the value",
        ),
        (
            "flame=ü.svg;before='old.folded, summary",
            "flame=ü.svg;before='old.folded, summary",
            "the quote at character 20 is not closed; write `'` at the end of the value",
        ),
        (
            "chrome='a'.json",
            "chrome='a'.json",
            "unexpected `.` at character 11, after a value in quotes; write `,` before the next \
             export, or `;` before an option",
        ),
        (
            "chrome=\"a.json\" flame",
            "chrome=\"a.json\" flame",
            "unexpected `f` at character 17, after a value in quotes; write `,` before the next \
             export, or `;` before an option",
        ),
        (
            "summary;,log",
            "summary;,log",
            "unexpected `;` at character 8; write an option after it",
        ),
    ] {
        let error = from_text(exports, "environment_syntax:invalid").unwrap_err();
        assert_eq!(error.part(), part);
        let text = error.to_string();
        assert_eq!(text, format!("`{part}` in EVENT_EXPORT: {why}"));
    }
}

#[test]
fn path_that_is_probably_a_mistake_is_refused_with_what_to_write() {
    let directory = TempDir::new("mistakes");
    for (exports, why) in [
        (
            "summary=json",
            "`json` has no extension; write `summary=summary.json`, or `summary=./json` for a file \
             of this name",
        ),
        (
            "flame=FOLDED",
            "`FOLDED` has no extension; write `flame=flame.FOLDED`, or `flame=./FOLDED` for a file \
             of this name",
        ),
        (
            "chrome=1",
            "`1` has no extension; write `chrome=trace.json`, or `chrome=./1` for a file of this \
             name",
        ),
        (
            "chrome=-",
            "write `chrome=/dev/stdout` for the standard output",
        ),
        (
            "flame=stdout",
            "write `flame=/dev/stdout` for the standard output",
        ),
        (
            "summary=stderr",
            "write `summary=/dev/stderr` for the standard error",
        ),
        (
            "chrome=trace.gz",
            "`chrome` writes files that end in `.json`, not `.gz`; write `chrome=trace.json` and \
             compress the file afterwards",
        ),
        (
            "chrome=trace.json.ZST",
            "`chrome` writes files that end in `.json`, not `.ZST`; write `chrome=trace.json` and \
             compress the file afterwards",
        ),
        (
            "chrome=trace.pftrace",
            "`chrome` writes files that end in `.json`, not `.pftrace`",
        ),
    ] {
        assert_eq!(error(exports), why, "{exports}");
    }
    let at = directory.path().display();
    let exports = format!("summary={at}/json,flame=\"{at}/a,b\"");
    drop(from_text(&exports, "environment_syntax:mistakes").unwrap());
    assert_eq!(directory.entries(), ["a,b", "json"]);
}

#[cfg(feature = "report")]
#[test]
fn report_must_be_a_page() {
    assert_eq!(
        error("report=report.json"),
        "`report` writes files that end in `.html`, `.htm`, not `.json`"
    );
}

#[test]
fn misspelt_name_is_answered_with_the_nearest() {
    for (exports, suggestion) in [
        ("sumary", "`; did you mean `summary`?"),
        ("Chrome=trace.json", "`; did you mean `chrome`?"),
        ("flames=flame.svg", "`; did you mean `flame`?"),
        ("summary;srot=name", "; did you mean `sort`?"),
        ("summary;sort=totals", "; did you mean `total`?"),
        ("flame=flame.svg;by=tmie", "; did you mean `time`?"),
        (
            "chrome=a,b.json",
            "; a file name with a comma needs quotes, as in `chrome=\"a,b.json\"`",
        ),
    ] {
        let why = error(exports);
        assert!(why.ends_with(suggestion), "{exports}: {why}");
    }
    for exports in ["perfetto", "summary;level=info"] {
        let why = error(exports);
        assert!(!why.contains("did you mean"), "{exports}: {why}");
    }
}

#[test]
fn sorting_by_allocated_bytes_needs_an_allocator_that_counts() {
    let why = if cfg!(feature = "alloc") {
        "`sort=allocated` needs a `CountingAllocator` as the program's global allocator"
    } else {
        "`sort=allocated` needs the feature `alloc` of event-export, which this program was built \
         without"
    };
    assert_eq!(error("summary;sort=allocated"), why);
}

#[test]
fn second_call_is_an_error_while_the_first_exports() {
    if child::mode().is_some() {
        let first = from_env().unwrap();
        trigger_event("environment_syntax:twice", (), || {});
        let error = from_env().unwrap_err();
        assert!(
            error.to_string().contains("an earlier call of `from_env`"),
            "{error}"
        );
        drop(first);
        let second = from_env().unwrap();
        assert_eq!(second.len(), 1);
        trigger_event("environment_syntax:twice", (), || {});
        trigger_event("environment_syntax:twice", (), || {});
        return;
    }
    let directory = TempDir::new("twice");
    let path = directory.file("flame.folded");
    let mut command = child::command(current_test!(), "");
    command.env("EVENT_EXPORT", format!("flame={};by=count", path.display()));
    command.env("EVENT_KINDS", "environment_syntax:twice");
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let stacks = fs::read_to_string(path).unwrap();
    assert_eq!(stacks, "environment_syntax:twice 2\n");
}
