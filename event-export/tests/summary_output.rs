//! What a summary writes, read back by others, and when.
#![cfg(feature = "summary")]

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use event_core::{Kind, data, local, trigger_event};
use event_export::{Exporter, Summary, SummarySort, SummaryTable, from_text};
use serde_json::Value;
use unicode_width::UnicodeWidthStr;

#[trigger_event("output:a,b \"c\"", err)]
fn quoted(fails: bool) -> Result<(), std::fmt::Error> {
    if fails { Err(std::fmt::Error) } else { Ok(()) }
}

#[trigger_event("output:eine_ziemlich_lange_art_von_ereignis")]
fn a_function_whose_name_is_longer_than_most_names_of_functions_are_and_ends_in_the_end() {}

fn table() -> SummaryTable {
    let summary = local::install_listener("output:*", Summary::new());
    for fails in [true, false, false] {
        let _ = quoted(fails);
    }
    a_function_whose_name_is_longer_than_most_names_of_functions_are_and_ends_in_the_end();
    let name = "two\nlines, \u{1b}[31mred\u{1b}[0m, 表格, \u{202e}turned and \"quotes\"";
    trigger_event("output:named", data! { name }, || {
        std::thread::sleep(std::time::Duration::from_millis(1));
    });
    summary.table().sorted_by(SummarySort::Name)
}

fn directory(name: &str) -> PathBuf {
    let directory = format!("event-export-{}-summary-{name}", std::process::id());
    let directory = std::env::temp_dir().join(directory);
    fs::create_dir_all(&directory).unwrap();
    directory
}

#[test]
fn json_has_every_column() {
    let table = table();
    let json: Value = serde_json::from_str(&table.to_json()).unwrap();
    assert_eq!(json["lost"], 0);
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
fn csv_is_read_by_others() {
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
fn lines_are_aligned_and_names_are_cut_in_the_middle() {
    let table = table();
    for width in [40, 100, 200] {
        let text = format!("{table:width$}");
        let lines: Vec<&str> = text.lines().collect();
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
    let cut = text.lines().find(ends).unwrap_or_else(|| panic!("{text}"));
    assert!(cut.contains('…'), "{text}");
    let whole =
        "a_function_whose_name_is_longer_than_most_names_of_functions_are_and_ends_in_the_end";
    assert!(format!("{table:300}").contains(whole));
    assert!(table.to_string().contains(whole));
    assert!(table.to_json().contains(whole));
}

/// The names of functions that are alike at both ends, and where they are cut.
const LONG: [&str; 3] = [
    "emit_the_code [sets no flags; it needs registers, writes memory; the stack is as it was before]",
    "emit_the_code [sets no flags; it needs registers, reads memory; the stack is as it was before]",
    "emit_the_code [sets no flags; it needs nothing; the stack is as it was before]",
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
fn names_that_are_cut_do_not_look_the_same() {
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
fn names_are_whole_in_a_file_and_where_stderr_is_no_terminal() {
    let directory = directory("whole");
    let path = directory.join("calls.txt");
    let summary = local::install_listener("output:long", Summary::to_file(&path));
    call_long_names();
    drop(summary);
    let file = fs::read_to_string(&path).unwrap();
    let pipe = stderr(&run("drop", "summary", &[]));
    for text in [file, pipe] {
        assert!(LONG.iter().all(|name| text.contains(name)), "{text}");
    }
    fs::remove_dir_all(&directory).unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn names_are_cut_for_a_terminal() {
    let Some(text) = run_on_terminal("drop", "summary", &[("NO_COLOR", "1")]) else {
        return;
    };
    let rows = rows(&text);
    assert_eq!(rows.len(), 3, "{text}");
    assert!(rows.iter().all(|row| row.contains('…')), "{text}");
}

#[test]
fn colours_are_for_those_who_ask() {
    let table = table();
    let (plain, coloured) = (table.to_string(), format!("{table:#}"));
    assert!(coloured.contains("\u{1b}[31m1\u{1b}[0m"), "{coloured}"); // one failed
    assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), plain);
}

#[test]
fn an_empty_table_says_so() {
    let table = Summary::new().table();
    assert_eq!(table.to_string(), "no events were heard\n");
    let json: Value = serde_json::from_str(&table.to_json()).unwrap();
    assert_eq!(json["rows"], Value::Array(Vec::new()));
    assert_eq!(table.to_csv().lines().count(), 1);
}

#[test]
fn a_file_is_written_at_flush_and_when_the_summary_is_dropped() {
    let directory = directory("file");
    let path = directory.join("calls.json");
    let summary = local::install_listener("output:file", Summary::to_file(&path));
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
    fs::remove_dir_all(&directory).unwrap();
}

#[test]
fn the_name_of_a_file_says_what_is_written() {
    let directory = directory("names");
    for (name, start) in [
        ("a.json", "{\"lost\""),
        ("a.csv", "kind,"),
        ("a.txt", "kind "),
        ("a", "kind "),
    ] {
        let path = directory.join(name);
        let summary = local::install_listener("output:names", Summary::to_file(&path));
        trigger_event("output:names", (), || {});
        drop(summary);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with(start), "{name}: {text}");
    }
    fs::remove_dir_all(&directory).unwrap();
}

#[test]
fn a_bad_part_says_what_is_possible() {
    let error = |part: &str| from_text(part, "output:*").unwrap_err().to_string();
    assert_eq!(
        error("summary;sort=colour"),
        "`summary;sort=colour` in EVENT_EXPORT: the option `sort` is `self` or `total` or `calls` or `failed` or \
         `mean` or `p99` or `max` or `allocated` or `name`, not `colour`",
    );
    assert!(error("summary;by=count").contains("`summary` has the options `sort`"));
    if cfg!(not(feature = "live")) {
        assert!(error("summary=live").contains("the feature `live`"));
    }
}

/// What the child processes below do: this test alone, with `SUMMARY_CHILD` set.
#[test]
fn child() {
    let Ok(end) = std::env::var("SUMMARY_CHILD") else {
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
        "panic" => panic!("as asked for"),
        "flush" => {
            let first = exports.flush().is_ok();
            drop(exports);
            println!("flushed: {first}");
        }
        other => panic!("unknown end {other}"),
    }
}

fn run(end: &str, export: &str, settings: &[(&str, &str)]) -> Output {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "child", "--nocapture"]);
    command
        .env("SUMMARY_CHILD", end)
        .env("EVENT_EXPORT", export);
    command.envs(settings.iter().copied());
    command.output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn the_table_is_printed_however_the_program_ends() {
    for end in ["drop", "exit", "panic"] {
        let output = run(end, "summary", &[]);
        let text = stderr(&output);
        assert_eq!(text.matches("output:child output:child").count(), 0);
        let row = text.lines().find(|line| line.starts_with("output:child"));
        let row = row.unwrap_or_else(|| panic!("{end}: {text}"));
        let cells: Vec<&str> = row.split_whitespace().collect();
        assert_eq!(cells[..3], ["output:child", "output:child", "3"], "{end}");
        assert_eq!(text.matches("kind ").count(), 1, "{end}: {text}");
        assert!(!text.contains('\u{1b}'), "{end}: {text}"); // it is no terminal
        let code = [("drop", 0), ("exit", 7), ("panic", 101)]
            .iter()
            .find(|(name, _)| *name == end);
        assert_eq!(output.status.code(), code.map(|(_, code)| *code));
    }
}

#[cfg(unix)]
#[test]
fn a_link_is_followed_also_to_a_file_that_is_not_there_yet() {
    let directory = directory("links");
    fs::create_dir(directory.join("to")).unwrap();
    let links = [("first.csv", "to/second"), ("to/second", "../calls")];
    for (link, target) in links {
        std::os::unix::fs::symlink(target, directory.join(link)).unwrap();
    }
    let path = directory.join("first.csv");
    let exports = format!("summary={}", path.display());
    for _ in ["makes it", "replaces it"] {
        drop(from_text(&exports, "output:links").unwrap());
        let text = fs::read_to_string(directory.join("calls")).unwrap();
        assert!(text.starts_with("kind,"), "{text}");
    }
    for (link, target) in links {
        let found = fs::read_link(directory.join(link)).unwrap();
        assert_eq!(found, Path::new(target));
    }
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 3);
    fs::remove_dir_all(&directory).unwrap();
}

#[cfg(unix)]
#[test]
fn a_link_to_itself_is_told_once_and_stays() {
    let directory = directory("circle");
    let path = directory.join("calls.csv");
    std::os::unix::fs::symlink("calls.csv", &path).unwrap();
    let output = run("flush", &format!("summary={}", path.display()), &[]);
    assert!(output.status.success());
    let text = stderr(&output);
    assert_eq!(text.matches("event-export: ").count(), 1, "{text}");
    assert!(text.contains("symbolic link"), "{text}");
    assert!(Summary::to_file(&path).flush().is_err());
    assert_eq!(fs::read_link(&path).unwrap(), Path::new("calls.csv"));
    fs::remove_dir_all(&directory).unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_once() {
    for path in ["/dev/full", "/no/such/directory/calls.json"] {
        let output = run("flush", &format!("summary={path}"), &[]);
        let text = stderr(&output);
        assert_eq!(text.matches("event-export: ").count(), 1, "{text}");
        assert!(text.contains(path), "{text}");
        assert!(output.status.success());
        // A directory that is missing is known before there is anything to flush.
        let flushed = path != "/dev/full";
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(said.contains(&format!("flushed: {flushed}")), "{said}");
    }
}

/// Runs the child on a terminal of its own, by `script` (util-linux); none where there is no `script`.
#[cfg(target_os = "linux")]
fn run_on_terminal(end: &str, export: &str, settings: &[(&str, &str)]) -> Option<String> {
    let program = std::env::current_exe().unwrap();
    let line = format!("'{}' --exact child --nocapture", program.display());
    let mut command = Command::new("script");
    command.args(["--quiet", "--return", "--command", &line, "/dev/null"]);
    command
        .env("SUMMARY_CHILD", end)
        .env("EVENT_EXPORT", export)
        .env("TERM", "xterm-256color");
    command.env_remove("NO_COLOR");
    command.envs(settings.iter().copied());
    let output = command.output().ok()?;
    Some(String::from_utf8(output.stdout).unwrap())
}

#[cfg(target_os = "linux")]
#[test]
fn colours_are_for_terminals_unless_the_user_says_no() {
    let Some(text) = run_on_terminal("drop", "summary", &[]) else {
        return;
    };
    assert!(text.contains("\u{1b}[1m"), "{text:?}");
    for setting in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        let text = run_on_terminal("drop", "summary", &[setting]).unwrap();
        assert!(text.contains("output:child"), "{text:?}");
        assert!(!text.contains('\u{1b}'), "{text:?}");
    }
}
