//! The outputs of a summary: text, JSON and CSV, in files and on terminals.

#![cfg(feature = "summary")]

mod support;

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use event_core::{Kind, data, local, trigger_event};
use event_export::{Exporter, Summary, SummarySort, SummaryTable, from_text};
use serde_json::Value;
use support::child::{self, stderr, stdout};
use support::temp_dir::TempDir;
use support::without_first_line;
use unicode_width::UnicodeWidthStr;

#[trigger_event("output:a,b \"c\"", err)]
fn quoted(fails: bool) -> Result<(), std::fmt::Error> {
    if fails { Err(std::fmt::Error) } else { Ok(()) }
}

#[trigger_event("output:a_kind_with_a_rather_long_name")]
fn a_function_whose_name_is_longer_than_most_names_of_functions_are_and_ends_in_the_end() {}

fn table() -> SummaryTable {
    let summary = local::install_listener("output:*", Summary::new());
    for fails in [true, false, false] {
        let _ = quoted(fails);
    }
    a_function_whose_name_is_longer_than_most_names_of_functions_are_and_ends_in_the_end();
    let name = "two\nlines, \u{1b}[31mred\u{1b}[0m, 表格, \u{202e}reversed and \"quotes\"";
    trigger_event("output:named", data! { name }, || {
        std::thread::sleep(std::time::Duration::from_millis(1));
    });
    summary.table().sorted_by(SummarySort::Name)
}

#[test]
fn json_has_every_column() {
    let table = table();
    let json: Value = serde_json::from_str(&table.to_json()).unwrap();
    assert_eq!(json["lost"], 0);
    assert_eq!(json["version"], 1);
    assert_eq!((&json["calls"], &json["failed"]), (&5.into(), &1.into()));
    assert_eq!(
        (&json["panicked"], &json["cancelled"]),
        (&0.into(), &0.into())
    );
    let run_time = u64::try_from(table.run_time().as_nanos()).unwrap();
    assert_eq!(json["run_ns"], run_time);
    let kinds = json["kinds"].as_array().unwrap();
    assert_eq!(kinds.len(), 3);
    assert_eq!(kinds[1], "output:a_kind_with_a_rather_long_name");
    let rows = json["rows"].as_array().unwrap();
    assert_eq!(rows.len(), table.rows().len());
    for (json, row) in rows.iter().zip(table.rows()) {
        assert_eq!(json["kind"], row.kind());
        assert_eq!(json["function"], row.function());
        assert_eq!(json["calls"], row.calls());
        assert_eq!(json["failed"], row.failed());
        assert_eq!(
            json["total_ns"],
            u64::try_from(row.total().as_nanos()).unwrap()
        );
        assert_eq!(json["p99_ns"], u64::try_from(row.p99().as_nanos()).unwrap());
        assert!((json["share"].as_f64().unwrap() - row.share()).abs() < 1e-6);
        assert_eq!(
            json["line"],
            Value::from(row.site().map(event_core::Site::line))
        );
    }
}

#[test]
fn csv_is_read_by_the_csv_crate() {
    let table = table();
    let csv = table.to_csv();
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let headings = reader.headers().unwrap().clone();
    let column = |name| headings.iter().position(|heading| heading == name).unwrap();
    let lines: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(lines.len(), table.rows().len());
    for (line, row) in lines.iter().zip(table.rows()) {
        assert_eq!(&line[column("kind")], row.kind());
        assert_eq!(&line[column("function")], row.function());
        assert_eq!(line[column("calls")], row.calls().to_string());
        assert_eq!(line[column("max_ns")], row.max().as_nanos().to_string());
        let known = row
            .site()
            .map_or(String::new(), |site| site.line().to_string());
        assert_eq!(line[column("line")], known);
    }
    assert!(lines.iter().any(|line| &line[0] == "output:a,b \"c\""));
}

#[test]
fn lines_are_aligned_and_names_are_shortened_in_the_middle() {
    let table = table();
    for width in [40, 100, 200] {
        let text = format!("{table:width$}");
        let lines: Vec<&str> = without_first_line(&text).lines().collect();
        assert_eq!(lines.len(), 1 + table.rows().len());
        for line in &lines {
            assert_eq!(line.width(), lines[0].width(), "{text}");
            assert!(!line.contains(['\u{1b}', '\u{202e}']), "{text}");
        }
        if width >= 100 {
            assert!(lines[0].width() <= width, "{text}");
        }
    }
    let text = format!("{table:100}");
    let ends = |line: &&str| line.contains("a_func") && line.contains("_end");
    let shortened = text.lines().find(ends).unwrap_or_else(|| panic!("{text}"));
    assert!(shortened.contains('…'), "{text}");
    let whole =
        "a_function_whose_name_is_longer_than_most_names_of_functions_are_and_ends_in_the_end";
    assert!(format!("{table:300}").contains(whole));
    assert!(table.to_string().contains(whole));
    assert!(table.to_json().contains(whole));
}

/// Names that have the same beginning and end, and differ only where they are shortened.
const LONG: [&str; 3] = [
    "emit_the_code [sets no flags; it needs registers, writes memory; the stack is the same as before]",
    "emit_the_code [sets no flags; it needs registers, reads memory; the stack is the same as before]",
    "emit_the_code [sets no flags; it needs nothing; the stack is the same as before]",
];

fn call_long_names() {
    for name in LONG {
        trigger_event("output:long", data! { name }, || {});
    }
}

fn rows(text: &str) -> Vec<&str> {
    let rows = text.lines().filter(|line| line.starts_with("output:long"));
    rows.map(|row| row.rsplit_once(" 1 ").unwrap().0).collect()
}

#[test]
fn shortened_names_stay_distinct() {
    let summary = local::install_listener("output:long", Summary::new());
    call_long_names();
    let table = summary.table();
    for width in [80, 100, 120] {
        let text = format!("{table:width$}");
        let rows = rows(&text);
        assert!(rows.iter().all(|row| row.contains('…')), "{text}");
        assert_eq!(HashSet::<_>::from_iter(&rows).len(), 3, "{text}");
        let is_within = |line: &str| line.width() <= width.max(100);
        assert!(text.lines().all(is_within), "{text}");
    }
    assert!(LONG.iter().all(|name| table.to_string().contains(name)));
}

#[test]
fn names_are_complete_in_a_file_and_in_a_pipe() {
    let directory = TempDir::new("whole");
    let path = directory.file("calls.txt");
    let summary = local::install_listener("output:long", Summary::to_file(&path).unwrap());
    call_long_names();
    drop(summary);
    let file = fs::read_to_string(&path).unwrap();
    let pipe = stderr(&run("drop", "summary"));
    for text in [file, pipe] {
        assert!(LONG.iter().all(|name| text.contains(name)), "{text}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn names_are_shortened_on_a_terminal() {
    let Some(text) = run_on_terminal(&[("NO_COLOR", "1")]) else {
        return;
    };
    let rows = rows(&text);
    assert_eq!(rows.len(), 3, "{text}");
    assert!(rows.iter().all(|row| row.contains('…')), "{text}");
}

#[test]
fn the_alternate_format_adds_colours_only() {
    let table = table();
    let plain = table.to_string();
    let coloured = format!("{table:#}");
    assert!(coloured.contains("\u{1b}[31m1\u{1b}[0m"), "{coloured}"); // one failed call
    assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), plain);
}

#[test]
fn an_empty_table_is_a_note() {
    let table = Summary::new().table();
    assert_eq!(table.to_string(), "no events were received\n");
    let json: Value = serde_json::from_str(&table.to_json()).unwrap();
    assert_eq!(json["rows"], Value::Array(Vec::new()));
    assert_eq!(table.to_csv().lines().count(), 1);
}

#[test]
fn a_file_is_written_at_flush_and_on_drop() {
    let directory = TempDir::new("file");
    let path = directory.file("calls.json");
    let summary = local::install_listener("output:file", Summary::to_file(&path).unwrap());
    assert!(!path.exists());
    let calls = |path: &Path| {
        let json: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        json["rows"][0]["calls"].as_u64().unwrap()
    };
    trigger_event("output:file", (), || {});
    summary.flush().unwrap();
    assert_eq!(calls(&path), 1);
    trigger_event("output:file", (), || {});
    drop(summary);
    assert_eq!(calls(&path), 2);
}

#[test]
fn the_extension_of_a_file_selects_the_format() {
    let directory = TempDir::new("names");
    for (name, start) in [
        ("a.json", "{\"version\""),
        ("a.csv", "kind,"),
        ("a.txt", "kind "),
        ("a", "kind "),
    ] {
        let path = directory.file(name);
        let summary = local::install_listener("output:names", Summary::to_file(&path).unwrap());
        trigger_event("output:names", (), || {});
        drop(summary);
        let text = fs::read_to_string(&path).unwrap();
        let table = text
            .split_once('\n')
            .filter(|(_, rest)| rest.starts_with("kind "));
        let table = table.map_or(&*text, |(_, rest)| rest);
        assert!(table.starts_with(start), "{name}: {text}");
    }
}

#[test]
fn an_invalid_option_is_an_error_with_the_choices() {
    let error = |part: &str| from_text(part, "output:*").unwrap_err().to_string();
    assert_eq!(
        error("summary;sort=colour"),
        "`summary;sort=colour` in EVENT_EXPORT: the option `sort` is `self` or `total` or `busy` or `idle` or \
         `calls` or `failed` or `mean` or `p99` or `max` or `allocated` or `name`, not `colour`",
    );
    assert!(error("summary;by=count").contains("`summary` has the options `sort`"));
    if cfg!(not(feature = "live")) {
        assert!(error("summary=live").contains("the feature `live`"));
    }
}

/// The program of the child processes. Its mode says how the process ends.
#[test]
fn child() {
    let Some(end) = child::mode() else {
        return;
    };
    let exports = event_export::from_env().unwrap();
    let kind = Kind::new("output:child").unwrap();
    for _ in 0..3 {
        trigger_event(kind, (), || {});
    }
    call_long_names();
    match end.as_str() {
        "drop" => drop(exports),
        "exit" => std::process::exit(7),
        "panic" => panic!("as requested"),
        "flush" => {
            let first = exports.flush().is_ok();
            drop(exports);
            println!("flushed: {first}");
        }
        other => panic!("unknown mode `{other}`"),
    }
}

/// Prepares a child process that runs [`child`].
fn command(end: &str, exports: &str) -> Command {
    let mut command = child::command("child", end);
    command.env("EVENT_EXPORT", exports);
    command
}

fn run(end: &str, exports: &str) -> Output {
    command(end, exports).output().unwrap()
}

#[test]
fn the_table_is_printed_after_each_way_to_end_a_process() {
    for end in ["drop", "exit", "panic"] {
        let output = run(end, "summary");
        let text = stderr(&output);
        assert_eq!(text.matches("output:child output:child").count(), 0);
        let row = text.lines().find(|line| line.starts_with("output:child"));
        let row = row.unwrap_or_else(|| panic!("{end}: {text}"));
        let cells: Vec<&str> = row.split_whitespace().collect();
        assert_eq!(cells[..3], ["output:child", "output:child", "3"], "{end}");
        assert_eq!(text.matches("kind ").count(), 1, "{end}: {text}");
        assert!(!text.contains('\u{1b}'), "{end}: {text}"); // no colours in a pipe
        let code = [("drop", 0), ("exit", 7), ("panic", 101)]
            .iter()
            .find(|(name, _)| *name == end);
        assert_eq!(output.status.code(), code.map(|(_, code)| *code));
    }
}

#[cfg(unix)]
#[test]
fn links_are_followed_to_a_file_that_may_not_exist() {
    let directory = TempDir::new("links");
    fs::create_dir(directory.file("to")).unwrap();
    let links = [("first.csv", "to/second"), ("to/second", "../calls")];
    for (link, target) in links {
        std::os::unix::fs::symlink(target, directory.file(link)).unwrap();
    }
    let path = directory.file("first.csv");
    let exports = format!("summary={}", path.display());
    for _ in ["creates the file", "replaces the file"] {
        drop(from_text(&exports, "output:links").unwrap());
        let text = fs::read_to_string(directory.file("calls")).unwrap();
        assert!(text.starts_with("kind,"), "{text}");
    }
    for (link, target) in links {
        let found = fs::read_link(directory.file(link)).unwrap();
        assert_eq!(found, Path::new(target));
    }
    assert_eq!(directory.entries().len(), 3);
}

#[cfg(unix)]
#[test]
fn a_link_to_itself_is_reported_once_and_kept() {
    let directory = TempDir::new("circle");
    let path = directory.file("calls.csv");
    std::os::unix::fs::symlink("calls.csv", &path).unwrap();
    let output = run("flush", &format!("summary={}", path.display()));
    assert!(output.status.success());
    let text = stderr(&output);
    assert_eq!(text.matches("event-export: ").count(), 1, "{text}");
    assert!(text.contains("symbolic link"), "{text}");
    assert!(Summary::to_file(&path).is_err());
    assert_eq!(fs::read_link(&path).unwrap(), Path::new("calls.csv"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_failed_write_is_reported_once() {
    for path in ["/dev/full", "/no/such/directory/calls.json"] {
        let output = run("flush", &format!("summary={path}"));
        let text = stderr(&output);
        assert_eq!(text.matches("event-export: ").count(), 1, "{text}");
        assert!(text.contains(path), "{text}");
        assert!(output.status.success());
        // A missing directory is reported at the start. Then the summary is not installed, and
        // there is nothing to flush.
        let flushed = path != "/dev/full";
        let printed = stdout(&output);
        assert!(
            printed.contains(&format!("flushed: {flushed}")),
            "{printed}"
        );
    }
}

/// Runs [`child`] on a terminal, with some environment variables. Returns what the terminal
/// receives, or `None` if `script` is not installed.
#[cfg(target_os = "linux")]
fn run_on_terminal(variables: &[(&str, &str)]) -> Option<String> {
    let mut command = command("drop", "summary");
    command.envs(variables.iter().copied());
    child::run_on_terminal(&command, "")
}

#[cfg(target_os = "linux")]
#[test]
fn a_terminal_has_colours_unless_the_environment_disables_them() {
    let Some(text) = run_on_terminal(&[]) else {
        return;
    };
    assert!(text.contains("\u{1b}[1m"), "{text:?}");
    for variable in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        let text = run_on_terminal(&[variable]).unwrap();
        assert!(text.contains("output:child"), "{text:?}");
        assert!(!text.contains('\u{1b}'), "{text:?}");
    }
}
