//! The end of a process while its other threads go on: what they are inside of keeps nothing from being written.
#![cfg(all(feature = "summary", feature = "chrome", feature = "flame"))]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::mpsc;
use std::thread;

use event_core::trigger_event;

const CHILD: &str = "EVENT_EXPORT_TEST_CHILD";

#[trigger_event("exit:busy")]
fn busy(depth: u32) -> u32 {
    if depth == 0 { 0 } else { 1 + busy(depth - 1) }
}

#[trigger_event("exit:waits")]
fn waits(entered: &mpsc::Sender<()>) {
    entered.send(()).unwrap();
    loop {
        thread::park();
    }
}

/// What the tests run as a program of its own.
#[test]
fn child() {
    let Ok(how) = std::env::var(CHILD) else {
        return;
    };
    let exports = event_export::from_env().unwrap();
    let (enter, entered) = mpsc::channel();
    for _ in 0..3 {
        let enter = enter.clone();
        thread::spawn(move || {
            busy(5);
            enter.send(()).unwrap();
            loop {
                std::hint::black_box(busy(5));
            }
        });
    }
    thread::spawn(move || waits(&enter));
    assert_eq!(entered.iter().take(4).count(), 4);
    match how.as_str() {
        "exit" => std::process::exit(7),
        "panic" => panic!("as asked for"),
        "two" => {
            // Both end the exports: the process waits until they are complete.
            thread::spawn(|| drop(exports));
            thread::yield_now();
            std::process::exit(7);
        }
        _ => drop(exports),
    }
}

fn run(how: &str, exports: &str) -> Output {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["child", "--exact", "--nocapture"]);
    command.env(CHILD, how).env("EVENT_EXPORT", exports);
    command.env("EVENT_KINDS", "exit:*").output().unwrap()
}

fn directory(name: &str) -> PathBuf {
    let name = format!("event-export-{}-exit-{name}", std::process::id());
    let directory = std::env::temp_dir().join(name);
    fs::create_dir_all(&directory).unwrap();
    directory
}

fn check(directory: &Path, how: &str) {
    let text = |name: &str| fs::read_to_string(directory.join(name)).unwrap_or_default();
    let summary = text("calls.json");
    let summary: serde_json::Value = serde_json::from_str(&summary).expect(how);
    assert!(
        summary.to_string().contains("exit:busy"),
        "{how}: {summary}"
    );
    let trace: Vec<serde_json::Value> = serde_json::from_str(&text("trace.json")).expect(how);
    assert!(
        trace.iter().any(|event| event["cat"] == "exit:waits"),
        "{how}"
    );
    let svg = text("flame.svg");
    assert!(svg.contains("waits [exit:waits]"), "{how}: {svg}");
    assert!(svg.trim_end().ends_with("</svg>"), "{how}");
    assert_eq!(fs::read_dir(directory).unwrap().count(), 3, "{how}");
}

#[test]
fn calls_of_other_threads_keep_nothing_from_being_written() {
    let codes = [("drop", 0), ("exit", 7), ("panic", 101), ("two", 7)];
    for (how, code) in codes.into_iter().cycle().take(20) {
        let directory = directory(how);
        let file = |name: &str| directory.join(name).display().to_string();
        let (calls, trace, flame) = (file("calls.json"), file("trace.json"), file("flame.svg"));
        let exports = format!("summary={calls},chrome={trace},flame={flame}");
        let output = run(how, &exports);
        assert_eq!(output.status.code(), Some(code), "{how}: {output:?}");
        check(&directory, how);
        fs::remove_dir_all(directory).unwrap();
    }
}

#[test]
fn what_is_printed_is_printed_once() {
    for how in ["drop", "exit", "panic"] {
        let output = run(how, "summary");
        let text = String::from_utf8_lossy(&output.stderr);
        let tables = text.lines().filter(|line| line.contains("exit:waits"));
        assert_eq!(tables.count(), 1, "{how}: {text}");
    }
}
