//! A process that ends while other threads are inside calls: all outputs are still complete.

#![cfg(all(feature = "summary", feature = "chrome", feature = "flame"))]

mod support;

use std::fs;
use std::process::Output;
use std::sync::mpsc;
use std::thread;

use event_core::trigger_event;
use support::child::{self, stderr};
use support::temp_dir::TempDir;

#[trigger_event("exit:busy")]
fn busy(depth: u32) -> u32 {
    if depth == 0 { 0 } else { 1 + busy(depth - 1) }
}

#[trigger_event("exit:parked")]
fn parked(entered: &mpsc::Sender<()>) {
    entered.send(()).unwrap();
    loop {
        thread::park();
    }
}

/// The program of the child processes.
#[test]
fn child() {
    let Some(mode) = child::mode() else {
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
    thread::spawn(move || parked(&enter));
    assert_eq!(entered.iter().take(4).count(), 4);
    match mode.as_str() {
        "exit" => std::process::exit(7),
        "panic" => panic!("as requested"),
        "drop and exit" => {
            // Two threads end the exports at once. The process waits until they are complete.
            thread::spawn(|| drop(exports));
            thread::yield_now();
            std::process::exit(7);
        }
        _ => drop(exports),
    }
}

/// Runs [`child`] in a child process.
fn run(mode: &str, exports: &str) -> Output {
    let mut command = child::command("child", mode);
    command
        .env("EVENT_EXPORT", exports)
        .env("EVENT_KINDS", "exit:*");
    command.output().unwrap()
}

fn check(directory: &TempDir, mode: &str) {
    let text = |name: &str| fs::read_to_string(directory.file(name)).unwrap_or_default();
    let summary = text("calls.json");
    let summary: serde_json::Value = serde_json::from_str(&summary).expect(mode);
    assert!(
        summary.to_string().contains("exit:busy"),
        "{mode}: {summary}"
    );
    let trace: Vec<serde_json::Value> = serde_json::from_str(&text("trace.json")).expect(mode);
    assert!(
        trace.iter().any(|event| event["cat"] == "exit:parked"),
        "{mode}"
    );
    let svg = text("flame.svg");
    assert!(svg.contains("parked [exit:parked]"), "{mode}: {svg}");
    assert!(svg.trim_end().ends_with("</svg>"), "{mode}");
    assert_eq!(directory.entries().len(), 3, "{mode}");
}

#[test]
fn files_are_complete_although_other_threads_are_inside_calls() {
    let codes = [
        ("drop", 0),
        ("exit", 7),
        ("panic", 101),
        ("drop and exit", 7),
    ];
    for (mode, code) in codes.into_iter().cycle().take(20) {
        let directory = TempDir::new(mode);
        let at = directory.path().display();
        let exports =
            format!("summary={at}/calls.json,chrome={at}/trace.json,flame={at}/flame.svg");
        let output = run(mode, &exports);
        assert_eq!(output.status.code(), Some(code), "{mode}: {output:?}");
        check(&directory, mode);
    }
}

#[test]
fn the_table_is_printed_once() {
    for mode in ["drop", "exit", "panic"] {
        let output = run(mode, "summary");
        let text = stderr(&output);
        let tables = text.lines().filter(|line| line.starts_with("exit:parked"));
        assert_eq!(tables.count(), 1, "{mode}: {text}");
    }
}
