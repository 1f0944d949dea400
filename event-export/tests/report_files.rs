//! A report that cannot be written harms nobody, and is told once.

#![cfg(feature = "report")]

mod report_page;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use event_core::trigger_event;
use event_export::{Exporter as _, from_text};
use report_page::{Page, install};

const CHILD: &str = "EVENT_EXPORT_TEST_CHILD";

/// What the other tests run as a program of its own.
#[test]
fn child() {
    let Ok(how) = std::env::var(CHILD) else {
        return;
    };
    let exports = event_export::from_env().unwrap();
    trigger_event("report:child", (), || {});
    match how.as_str() {
        "exit" => std::process::exit(0), // nothing is dropped
        "flush" => {
            assert!(exports.flush().is_err());
            drop(exports);
        }
        _ => drop(exports),
    }
    println!("went on");
}

fn run(export: &str, how: &str) -> Output {
    let program = std::env::current_exe().unwrap();
    let mut command = Command::new(program);
    command.args(["child", "--exact", "--nocapture"]);
    command.env(CHILD, how).env("EVENT_EXPORT", export);
    command.env("EVENT_KINDS", "report:*").output().unwrap()
}

fn lines(output: &Output) -> Vec<String> {
    let text = String::from_utf8_lossy(&output.stderr);
    let lines = text.lines().filter(|line| line.starts_with("event-export"));
    lines.map(str::to_owned).collect()
}

fn directory(name: &str) -> PathBuf {
    let name = format!("event-export-{}-{name}", std::process::id());
    let directory = std::env::temp_dir().join(name);
    std::fs::create_dir_all(&directory).unwrap();
    directory
}

fn export(path: &Path) -> String {
    format!("report={}", path.display())
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_told_once_and_the_program_goes_on() {
    for how in ["drop", "flush"] {
        let output = run("report=/dev/full", how);
        assert!(output.status.success());
        assert!(String::from_utf8_lossy(&output.stdout).contains("went on"));
        let lines = lines(&output);
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].contains("cannot write `/dev/full`"), "{lines:?}");
    }
}

#[test]
fn a_missing_directory_is_told_once_when_the_program_starts() {
    let directory = directory("report-missing");
    let path = directory.join("no/such/report.html");
    let output = run(&export(&path), "drop");
    assert!(output.status.success());
    let lines = lines(&output);
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("report.html` for `report="), "{lines:?}");
    std::fs::remove_dir(directory).unwrap();
}

#[test]
fn the_report_is_written_at_exit() {
    let directory = directory("report-exit");
    let path = directory.join("report.html");
    let output = run(&format!("{};limit=5;no-arguments", export(&path)), "exit");
    assert!(output.status.success());
    assert!(lines(&output).is_empty());
    let page = Page::new(&std::fs::read_to_string(&path).unwrap());
    assert_eq!(page.number("calls"), 1);
    std::fs::remove_dir_all(directory).unwrap();
}

#[test]
fn what_stood_there_is_replaced_as_a_whole_or_not_at_all() {
    let (path, report) = install("report:replace", |report| report);
    std::fs::write(&path, "old").unwrap();
    trigger_event("report:replace", (), || {});
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
    report.flush().unwrap();
    assert_eq!(Page::new(&std::fs::read_to_string(&path).unwrap()).len(), 1);
    drop(report);
    std::fs::remove_file(&path).unwrap();
}

#[test]
fn a_directory_in_its_place_is_an_error() {
    let (path, report) = install("report:directory", |report| report);
    std::fs::create_dir_all(&path).unwrap();
    assert!(report.flush().is_err());
    std::fs::remove_dir(&path).unwrap();
    drop(report);
    std::fs::remove_file(&path).unwrap();
}

#[test]
fn options_that_make_no_sense_are_told() {
    let why = |text: &str| from_text(text, "report:options").unwrap_err().to_string();
    assert!(why("report").contains("`report=report.html`"));
    assert!(why("report=x.html;limit=many").contains("a number of calls, not `many`"));
    assert!(why("report=x.html;limit").contains("needs a value: a number of calls"));
    assert!(why("report=x.html;no-arguments=1").contains("takes no value"));
    assert!(why("report=x.html;colour=red").contains("`limit`, `no-arguments`"));
}
