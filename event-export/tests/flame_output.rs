//! The files of a flame graph, its options, and its errors.

#![cfg(feature = "flame")]

mod support;

use std::path::PathBuf;
use std::process::Output;
use std::thread;

use event_core::trigger_event;
use event_export::{Exporter, FlameGraph};
use support::child;
use support::folded::{self, install};
use support::svg::titles;
use support::temp_dir::TempDir;

#[test]
fn the_file_is_replaced_at_flush_and_on_drop() {
    let directory = TempDir::new("whole");
    for name in ["out.svg", "out.SVG", "out.folded"] {
        let path = directory.file(name);
        std::fs::write(&path, "old").unwrap();
        let flame = FlameGraph::to_file(&path).unwrap().by_count();
        let flame = install("flame:file*", flame);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
        trigger_event("flame:file", (), || {});
        flame.flush().unwrap();
        let first = std::fs::read_to_string(&path).unwrap();
        trigger_event("flame:file_late", (), || {});
        drop(flame);
        let last = std::fs::read_to_string(&path).unwrap();
        if name == "out.folded" {
            assert_eq!(first, "flame:file 1\n");
            assert_eq!(last, "flame:file 1\nflame:file_late 1\n");
        } else {
            assert_eq!(titles(&first).len(), 2);
            assert_eq!(titles(&last).len(), 3);
        }
    }
    assert_eq!(directory.entries().len(), 3);
}

#[test]
fn a_missing_directory_is_an_error_before_the_run() {
    let directory = TempDir::new("missing");
    let missing = FlameGraph::to_file(directory.file("no/such.svg"));
    assert_eq!(missing.unwrap_err().kind(), std::io::ErrorKind::NotFound);
    assert!(FlameGraph::to_file(directory.path()).is_err());
}

#[test]
fn invalid_options_are_errors_before_the_run() {
    let directory = TempDir::new("options");
    let before = directory.file("old.folded");
    std::fs::write(&before, "a 1\nb\n").unwrap();
    let svg = directory.file("flame.svg");
    let svg = svg.display();
    let before = before.display();
    for (options, why) in [
        (
            "by=calls".to_owned(),
            "the option `by` is `time` or `count`, not `calls`".to_owned(),
        ),
        (
            "threads=all".to_owned(),
            "the option `threads` is `merged` or `apart`, not `all`".to_owned(),
        ),
        (
            "before".to_owned(),
            "the option `before` needs a value: a file of folded stacks".to_owned(),
        ),
        (
            "wide".to_owned(),
            "unknown option `wide`; `flame` has the options `by`, `threads`, `before`".to_owned(),
        ),
        (
            format!("before={before}"),
            format!(
                "cannot compare with `{before}`: line 2 is not a folded stack: expected a number at its end"
            ),
        ),
        (
            format!("before={before}.gone"),
            format!("cannot compare with `{before}.gone`: No such file or directory (os error 2)"),
        ),
    ] {
        let part = format!("flame={svg};{options}");
        let error = event_export::from_text(&part, "*").unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("`{part}` in EVENT_EXPORT: {why}")
        );
    }
    let part = format!(
        "flame={};before={before}",
        directory.file("new.folded").display()
    );
    let error = event_export::from_text(&part, "*").unwrap_err().to_string();
    assert!(error.contains("needs a picture"), "{error}");
    assert!(!directory.file("flame.svg").exists());
}

#[test]
fn options_in_the_environment_are_applied() {
    let directory = TempDir::new("env");
    let old = directory.file("old.folded");
    let run = |options: &str, file: &str| {
        let path = directory.file(file);
        let part = format!("flame={}{options}", path.display());
        let exports = event_export::from_text(&part, "flame:env").unwrap();
        trigger_event("flame:env", (), || {});
        drop(exports);
        std::fs::read_to_string(path).unwrap()
    };
    assert_eq!(
        run(";by=count;threads=merged", "old.folded"),
        "flame:env 1\n"
    );
    let name = thread::current().name().unwrap().to_owned();
    assert_eq!(
        run(";by=count;threads=apart", "apart.folded"),
        format!("{name};flame:env 1\n")
    );
    let svg = run(&format!(";by=count;before={}", old.display()), "flame.svg");
    assert!(titles(&svg).contains(&"flame:env (1 call, 100.00%; 0.00%)".to_owned()));
    assert!(run(";by=time", "time.folded").starts_with("flame:env "));
}

/// Runs [`child`] in a child process, where `exports` is the value of `EVENT_EXPORT`.
fn run(exports: &str, mode: &str) -> Output {
    let mut command = child::command("child", mode);
    command
        .env("EVENT_EXPORT", exports)
        .env("EVENT_KINDS", "flame:child*");
    command.output().unwrap()
}

/// The program of the child processes.
#[test]
fn child() {
    let Some(mode) = child::mode() else {
        return;
    };
    let exports = event_export::from_env().unwrap();
    trigger_event("flame:child", (), || {
        trigger_event("flame:child_inner", (), || {});
        let _ = exports.flush();
        if mode == "exit" {
            std::process::exit(0);
        }
    });
    drop(exports);
}

#[test]
#[cfg(target_os = "linux")]
fn a_failed_write_is_reported_once() {
    let directory = TempDir::new("errors");
    let missing = directory.file("no/such.svg");
    for (path, why) in [
        (PathBuf::from("/dev/full"), "No space left on device"),
        (missing, "No such file or directory"),
    ] {
        let output = run(&format!("flame={}", path.display()), "return");
        assert!(output.status.success(), "{output:?}");
        let warnings = child::warnings(&output);
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(warnings[0].contains(why), "{warnings:?}");
        assert!(warnings[0].contains(&path.display().to_string()));
    }
}

#[test]
#[cfg(unix)]
fn flush_fails_if_the_directory_was_deleted() {
    let directory = TempDir::new("deleted");
    let inside = directory.file("inside");
    std::fs::create_dir(&inside).unwrap();
    let flame = FlameGraph::to_file(inside.join("out.svg")).unwrap();
    std::fs::remove_dir(&inside).unwrap();
    assert_eq!(
        flame.flush().unwrap_err().kind(),
        std::io::ErrorKind::NotFound
    );
    drop(flame); // reports the error on stderr
    assert!(!inside.exists());
}

#[test]
fn the_file_has_scopes_that_are_open_at_exit() {
    let directory = TempDir::new("exit");
    for mode in ["exit", "return"] {
        let path = directory.file(mode);
        let output = run(&format!("flame={};by=time", path.display()), mode);
        assert!(output.status.success(), "{output:?}");
        let stacks = folded::parse(&std::fs::read_to_string(&path).unwrap());
        let names: Vec<&String> = stacks.keys().collect();
        assert_eq!(names, ["flame:child", "flame:child;flame:child_inner"]);
    }
}
