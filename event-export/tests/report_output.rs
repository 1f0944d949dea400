//! The file of a report: when it is written, and how errors are reported.

#![cfg(feature = "report")]

mod support;

use std::io::Read;
use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;

use event_core::{start_event, trigger_event};
use event_export::{Exporter as _, from_text};
use support::child::{self, stdout, warnings};
use support::report_page::{Page, install};
use support::temp_dir::TempDir;

/// The program of the child processes.
#[test]
fn child() {
    let Some(mode) = child::mode() else {
        return;
    };
    let exports = event_export::from_env().unwrap();
    trigger_event("report:child", (), || {});
    match mode.as_str() {
        "exit" => std::process::exit(0), // runs no destructors
        "flush" => {
            assert!(exports.flush().is_err());
            drop(exports);
        }
        "open" => {
            start_event("report:child", ());
            drop(exports);
        }
        _ => drop(exports),
    }
    println!("continued");
}

/// Runs [`child`] in a child process.
fn run(exports: &str, mode: &str) -> Output {
    let mut command = child::command("child", mode);
    command
        .env("EVENT_EXPORT", exports)
        .env("EVENT_KINDS", "report:*");
    command.output().unwrap()
}

fn export(path: &Path) -> String {
    format!("report={}", path.display())
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_reported_once_and_the_program_continues() {
    for mode in ["drop", "flush"] {
        let output = run("report=/dev/full", mode);
        assert!(output.status.success());
        assert!(stdout(&output).contains("continued"));
        let warnings = warnings(&output);
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(warnings[0].contains("cannot write `/dev/full`"));
    }
}

#[test]
fn a_missing_directory_is_reported_once_at_the_start() {
    let directory = TempDir::new("missing");
    let path = directory.file("no/such/report.html");
    let output = run(&export(&path), "drop");
    assert!(output.status.success());
    let warnings = warnings(&output);
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("report.html` for `report="));
    assert_eq!(directory.entries(), [""; 0]);
}

#[test]
fn the_report_is_written_at_exit() {
    let directory = TempDir::new("exit");
    let path = directory.file("report.html");
    let output = run(&format!("{};limit=5;no-arguments", export(&path)), "exit");
    assert!(output.status.success());
    assert!(warnings(&output).is_empty());
    let page = Page::new(&std::fs::read_to_string(&path).unwrap());
    assert_eq!(page.number("calls"), 1);
}

#[test]
fn an_earlier_file_is_replaced_at_flush() {
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
fn flush_fails_if_the_path_is_a_directory() {
    let (path, report) = install("report:directory", |report| report);
    std::fs::create_dir_all(&path).unwrap();
    assert!(report.flush().is_err());
    std::fs::remove_dir(&path).unwrap();
    drop(report);
    std::fs::remove_file(&path).unwrap();
}

#[test]
fn an_invalid_option_is_an_error_with_the_choices() {
    let why = |text: &str| from_text(text, "report:options").unwrap_err().to_string();
    assert!(why("report").contains("`report=report.html`"));
    assert!(why("report=x.html;limit=many").contains("a number of calls, not `many`"));
    assert!(why("report=x.html;limit").contains("needs a value: a number of calls"));
    assert!(why("report=x.html;no-arguments=1").contains("takes no value"));
    assert!(why("report=x.html;colour=red").contains("`limit`, `no-arguments`"));
}

/// Another exporter writes to stderr for a second, because its pipe is read slowly.
#[test]
#[cfg(target_os = "linux")]
fn the_run_ends_before_any_exporter_writes() {
    const WRITING: Duration = Duration::from_secs(1);
    let directory = TempDir::new("run_end");
    let path = directory.file("report.html");
    let file = export(&path);
    let slow = "report=/dev/stderr";
    for exports in [format!("{slow},{file}"), format!("{file},{slow}")] {
        for mode in ["drop", "open", "exit"] {
            let mut command = child::command("child", mode);
            command.env("EVENT_EXPORT", &exports).stderr(Stdio::piped());
            let mut child = command.stdout(Stdio::null()).spawn().unwrap();
            let mut stderr = child.stderr.take().unwrap();
            let mut page = vec![0];
            stderr.read_exact(&mut page).unwrap();
            std::thread::sleep(WRITING);
            stderr.read_to_end(&mut page).unwrap();
            assert!(child.wait().unwrap().success());
            assert!(page.len() > 1 << 16, "the page does not fit into a pipe");
            let page = Page::new(&std::fs::read_to_string(&path).unwrap());
            let run = Duration::from_nanos(page.number("duration"));
            assert!(run < WRITING, "{exports} {mode}: {run:?}");
            let last = page.len() - 1;
            let end = page.start(last) + u64::try_from(page.of_scope("total", last)).unwrap();
            assert_eq!(page.number("duration"), end, "{exports} {mode}");
        }
    }
}
