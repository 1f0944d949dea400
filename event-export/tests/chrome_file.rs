//! The file of a Chrome trace: what it contains after each way to end a process, and its errors.

#![cfg(all(feature = "chrome", unix))]
#![expect(unsafe_code, reason = "a process is forked")]

mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};
use std::{fs, thread};

use event_core::{data, enter_event, trigger_event};
use event_export::{ChromeTrace, Exporter};
use serde_json::Value;
use support::child::{self, current_test, stderr, stdout};
use support::temp_dir::TempDir;

/// Prepares a child process that runs the test `test` and writes a trace to `path`.
fn child(test: &str, path: &Path) -> Command {
    let mut command = child::command(test, "");
    command
        .env("EVENT_EXPORT", format!("chrome={}", path.display()))
        .env("EVENT_KINDS", "chrome:*");
    command
}

fn is_child() -> bool {
    child::mode().is_some()
}

fn run(test: &str, path: &Path) -> Output {
    child(test, path).output().unwrap()
}

/// Creates a directory, and returns the path of a trace in it.
fn trace_path(name: &str) -> (TempDir, PathBuf) {
    let directory = TempDir::new(name);
    let path = directory.file("trace.json");
    (directory, path)
}

/// Returns the phase of each event but the metadata events.
fn phases(text: &str) -> Vec<String> {
    let events: Vec<Value> = serde_json::from_str(text).unwrap();
    let phases = events
        .iter()
        .map(|event| event["ph"].as_str().unwrap().to_owned());
    phases.filter(|phase| phase != "M").collect()
}

#[test]
fn a_killed_process_leaves_a_readable_trace() {
    if is_child() {
        let _exports = event_export::from_env().unwrap();
        let _guard = enter_event("chrome:killed", ());
        for _ in 0.. {
            trigger_event("chrome:inner", (), || {});
            thread::sleep(Duration::from_millis(1));
        }
    }
    let (_directory, path) = trace_path("killed");
    let mut process = child(current_test!(), &path).spawn().unwrap();
    let begin = Instant::now();
    while !fs::read_to_string(&path).is_ok_and(|text| text.matches("chrome:inner").count() > 600) {
        assert!(begin.elapsed() < Duration::from_secs(60));
        thread::sleep(Duration::from_millis(10));
    }
    process.kill().unwrap(); // SIGKILL
    process.wait().unwrap();
    let text = fs::read_to_string(&path).unwrap();
    let phases = phases(&format!("{text}]"));
    assert!(phases.len() > 300);
    let count = |phase: &str| phases.iter().filter(|it| *it == phase).count();
    assert_eq!(phases[0], "B");
    assert!(count("B") > count("E"));
}

#[test]
fn no_event_crosses_a_page_boundary_where_a_killed_write_may_end() {
    const PAGE: usize = 4 << 10;
    let (_directory, path) = trace_path("pages");
    let trace = ChromeTrace::to_file(&path).unwrap();
    let trace = event_core::local::install_listener("chrome:pages", trace);
    for number in 0..5_000_usize {
        // Every 500th event may be longer than a page.
        let limit = if number % 500 == 0 { 6_000 } else { 300 };
        let text = "x".repeat(number * 7 % limit);
        trigger_event("chrome:pages", data! { number, text }, || {});
    }
    drop(trace);
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(phases(&text).len(), 10_000);
    let ends: Vec<_> = text.match_indices(",\n").map(|(end, _)| end).collect();
    let mut longer_than_page = 0;
    for (start, end) in ends.iter().zip(&ends[1..]) {
        let event = text[*start..*end].trim_end();
        if start / PAGE != (start + event.len() - 1) / PAGE {
            longer_than_page += 1;
            assert!(event.len() > PAGE);
        }
    }
    assert!(longer_than_page > 0 && text.len() / PAGE > 200);
}

#[test]
fn the_trace_is_complete_after_process_exit() {
    if is_child() {
        let _exports = event_export::from_env().unwrap();
        trigger_event("chrome:exits", (), || std::process::exit(7));
    }
    let (_directory, path) = trace_path("exits");
    let output = run(current_test!(), &path);
    assert_eq!(output.status.code(), Some(7));
    assert_eq!(phases(&fs::read_to_string(&path).unwrap()), ["B"]);
}

#[test]
fn the_trace_is_complete_after_a_panic() {
    if is_child() {
        let _exports = event_export::from_env().unwrap();
        trigger_event("chrome:panics", (), || panic!("at last"));
    }
    let (_directory, path) = trace_path("panics");
    let output = run(current_test!(), &path);
    assert!(!output.status.success());
    assert_eq!(phases(&fs::read_to_string(&path).unwrap()), ["B", "i", "E"]);
}

#[test]
fn a_failed_write_is_reported_once_and_the_program_continues() {
    if is_child() {
        let exports = event_export::from_env().unwrap();
        for _ in 0..10_000 {
            trigger_event("chrome:continues", (), || {});
        }
        drop(exports);
        println!("continued");
        return;
    }
    for (file, why) in [
        ("/dev/full", "No space left on device"),
        ("/no/such/directory/trace.json", "No such file or directory"),
        ("/", "Is a directory"),
    ] {
        let output = run(current_test!(), Path::new(file));
        assert!(output.status.success());
        assert!(stdout(&output).contains("continued"));
        let message = stderr(&output);
        assert_eq!(message.lines().count(), 1, "{message}");
        assert!(message.starts_with("event-export: "), "{message}");
        assert!(message.contains(file), "{message}");
        assert!(message.contains(why), "{message}");
    }
}

#[test]
fn an_earlier_trace_is_kept_if_another_exporter_is_invalid() {
    let (_directory, path) = trace_path("stays");
    fs::write(&path, "[]").unwrap();
    let exports = format!("chrome={},sumary", path.display());
    assert!(event_export::from_text(&exports, "chrome:kept").is_err());
    assert_eq!(fs::read_to_string(&path).unwrap(), "[]");

    let exports = format!("chrome={}", path.display());
    drop(event_export::from_text(&exports, "chrome:kept").unwrap());
    assert!(fs::read_to_string(&path).unwrap().contains("process_name"));
}

#[test]
fn a_new_trace_is_readable_at_once_and_replaces_an_earlier_trace() {
    let (_directory, path) = trace_path("start");
    fs::write(&path, "[{\"name\": \"an earlier run\"}]").unwrap();
    let trace = ChromeTrace::to_file(&path).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    let events: Vec<Value> = serde_json::from_str(&format!("{text}]")).unwrap();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["name"], "process_name");
    drop(trace);
}

#[test]
fn a_second_trace_to_the_same_file_is_an_error() {
    if is_child() {
        let exports = event_export::from_env().unwrap();
        assert!(exports.is_empty());
        trigger_event("chrome:second", (), || {});
        println!("continued");
        return;
    }
    let (_directory, path) = trace_path("first");
    let trace = ChromeTrace::to_file(&path).unwrap();
    let trace = event_core::install_listener("chrome:first", trace);
    trigger_event("chrome:first", (), || {});
    trace.flush().unwrap();

    // From another process, which has inherited the environment variable.
    let output = run(current_test!(), &path);
    assert!(stdout(&output).contains("continued"), "{output:?}");
    let expected = format!(
        "event-export: cannot write `{0}` for `chrome={0}`: another trace is being written to it; \
         in EVENT_EXPORT, add `%p` (the process id) to the name; the program continues without it\n",
        path.display()
    );
    assert_eq!(stderr(&output), expected);

    // From this process, by another name of the file.
    let link = path.with_extension("link");
    fs::hard_link(&path, &link).unwrap();
    let error = ChromeTrace::to_file(&link).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ResourceBusy);

    trigger_event("chrome:first", (), || {});
    drop(trace);
    assert_eq!(
        phases(&fs::read_to_string(&path).unwrap()),
        ["B", "E", "B", "E"]
    );
    // The file is free again after the first trace has ended.
    drop(ChromeTrace::to_file(&link).unwrap());
    assert_eq!(phases(&fs::read_to_string(&path).unwrap()), [""; 0]);
}

#[test]
fn a_forked_process_does_not_write_to_the_trace() {
    if is_child() {
        let exports = event_export::from_env().unwrap();
        trigger_event("chrome:forks", (), || {});
        // SAFETY: `fork` itself has no preconditions. The forked process allocates although this
        // process may have other threads; glibc makes its allocator usable in the forked process.
        let forked = unsafe { libc::fork() };
        trigger_event("chrome:forks", (), || {});
        drop(exports);
        if forked == 0 {
            std::process::exit(0);
        }
        let mut status = -1;
        // SAFETY: `status` is a local variable that outlives the call.
        unsafe { libc::waitpid(forked, &raw mut status, 0) };
        assert_eq!(status, 0);
        return;
    }
    let (_directory, path) = trace_path("forks");
    let output = run(current_test!(), &path);
    let message = stderr(&output);
    assert!(output.status.success(), "{message}");
    assert_eq!(message.lines().count(), 1, "{message}");
    assert!(message.contains("this process was forked"), "{message}");
    assert_eq!(
        phases(&fs::read_to_string(&path).unwrap()),
        ["B", "E", "B", "E"]
    );
}

#[test]
fn a_file_at_its_size_limit_ends_with_a_complete_event() {
    if is_child() {
        let exports = event_export::from_env().unwrap();
        for number in 0..10_000 {
            trigger_event("chrome:grows", data! { number }, || {});
        }
        drop(exports);
        println!("continued");
        return;
    }
    let (_directory, path) = trace_path("grows");
    let child = child(current_test!(), &path);
    // A limit of 100 blocks. SIGXFSZ is ignored, as it would kill the process at the limit.
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' XFSZ; ulimit -f 100; exec \"$0\" \"$@\""]);
    shell.arg(child.get_program()).args(child.get_args());
    child::copy_environment(&child, &mut shell);
    let output = shell.output().unwrap();
    let message = stderr(&output);
    assert!(stdout(&output).contains("continued"), "{message}");
    assert_eq!(message.lines().count(), 1, "{message}");
    assert!(message.contains("File too large"), "{message}");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.len() > 40_000, "{}", text.len());
    assert!(phases(&format!("{text}]")).len() > 100);
}

#[test]
fn memory_does_not_grow_with_the_trace() {
    fn resident_kib() -> u64 {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse().ok())
            .unwrap_or(0)
    }
    let trace = ChromeTrace::to_writer(std::io::sink());
    let trace = event_core::local::install_listener("chrome:memory", trace);
    let call = || {
        for number in 0..100_000_u32 {
            trigger_event("chrome:memory", data! { number, text = "some text" }, || {});
        }
    };
    call();
    let before = resident_kib();
    call();
    call();
    let grown = resident_kib().saturating_sub(before);
    assert!(grown < 2_048, "{grown} KiB more");
    drop(trace);
}
