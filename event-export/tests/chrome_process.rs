//! What a trace has when its program ends, in each way that one may.
#![cfg(all(feature = "chrome", unix))]
#![expect(unsafe_code, reason = "a process is forked")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};
use std::{fs, thread};

use event_core::{enter_event, trigger_event};
use event_export::Exporter;
use serde_json::Value;

const CHILD: &str = "EVENT_EXPORT_TEST_CHILD";

/// This test's program again, as one that exports a trace.
fn child(test: &str, exports: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(CHILD, "1")
        .env("EVENT_EXPORT", exports)
        .env("EVENT_KINDS", "chrome:*");
    command
}

fn is_child() -> bool {
    std::env::var_os(CHILD).is_some()
}

fn path(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("chrome-{}-{name}.json", std::process::id()));
    let _ = fs::remove_file(&path);
    path
}

fn run(test: &str, path: &Path) -> Output {
    child(test, &format!("chrome={}", path.display()))
        .output()
        .unwrap()
}

fn phases(text: &str) -> Vec<String> {
    let events: Vec<Value> = serde_json::from_str(text).unwrap();
    let phases = events
        .iter()
        .map(|event| event["ph"].as_str().unwrap().to_owned());
    phases.filter(|phase| phase != "M").collect()
}

#[test]
fn a_killed_program_leaves_a_trace_that_can_be_read() {
    if is_child() {
        let _exports = event_export::from_env().unwrap();
        let _guard = enter_event("chrome:killed", ());
        for _ in 0.. {
            trigger_event("chrome:inner", (), || {});
            thread::sleep(Duration::from_millis(1));
        }
    }
    let path = path("killed");
    let exports = format!("chrome={}", path.display());
    let mut program = child("a_killed_program_leaves_a_trace_that_can_be_read", &exports)
        .spawn()
        .unwrap();
    let begin = Instant::now();
    while !fs::read_to_string(&path).is_ok_and(|text| text.matches("chrome:inner").count() > 400) {
        assert!(begin.elapsed() < Duration::from_secs(60));
        thread::sleep(Duration::from_millis(10));
    }
    program.kill().unwrap(); // SIGKILL
    program.wait().unwrap();
    let text = fs::read_to_string(&path).unwrap();
    let phases = phases(&format!("{text}]"));
    assert!(phases.len() > 300);
    let opened = |phase: &str| phases.iter().filter(|it| *it == phase).count();
    assert_eq!(phases[0], "B");
    assert!(opened("B") > opened("E"));
    fs::remove_file(path).unwrap();
}

#[test]
fn no_event_is_laid_across_a_page_where_a_killed_write_may_end() {
    const PAGE: usize = 4 << 10;
    let path = path("pages");
    let trace = event_export::ChromeTrace::to_file(&path).unwrap();
    let trace = event_core::local::install_listener("chrome:pages", trace);
    for number in 0..5_000_usize {
        // Some fill more than a page.
        let most = if number % 500 == 0 { 6_000 } else { 300 };
        let text = "x".repeat(number * 7 % most);
        trigger_event("chrome:pages", event_core::data! { number, text }, || {});
    }
    drop(trace);
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(phases(&text).len(), 10_000);
    let ends: Vec<_> = text.match_indices(",\n").map(|(end, _)| end).collect();
    let mut across = 0;
    for (start, end) in ends.iter().zip(&ends[1..]) {
        let event = text[*start..*end].trim_end();
        if start / PAGE != (start + event.len() - 1) / PAGE {
            across += 1;
            assert!(event.len() > PAGE);
        }
    }
    assert!(across > 0 && text.len() / PAGE > 200);
    fs::remove_file(path).unwrap();
}

#[test]
fn a_program_that_exits_ends_its_trace() {
    if is_child() {
        let _exports = event_export::from_env().unwrap();
        trigger_event("chrome:exits", (), || std::process::exit(7));
    }
    let path = path("exits");
    let output = run("a_program_that_exits_ends_its_trace", &path);
    assert_eq!(output.status.code(), Some(7));
    assert_eq!(phases(&fs::read_to_string(&path).unwrap()), ["B"]);
    fs::remove_file(path).unwrap();
}

#[test]
fn a_program_that_panics_ends_its_trace() {
    if is_child() {
        let _exports = event_export::from_env().unwrap();
        trigger_event("chrome:panics", (), || panic!("at last"));
    }
    let path = path("panics");
    let output = run("a_program_that_panics_ends_its_trace", &path);
    assert!(!output.status.success());
    assert_eq!(phases(&fs::read_to_string(&path).unwrap()), ["B", "i", "E"]);
    fs::remove_file(path).unwrap();
}

#[test]
fn what_cannot_be_written_is_said_once_and_the_program_goes_on() {
    if is_child() {
        let exports = event_export::from_env().unwrap();
        for _ in 0..10_000 {
            trigger_event("chrome:goes_on", (), || {});
        }
        drop(exports);
        println!("went on");
        return;
    }
    for (file, why) in [
        ("/dev/full", "No space left on device"),
        ("/no/such/directory/trace.json", "No such file or directory"),
        ("/", "Is a directory"),
    ] {
        let output = run(
            "what_cannot_be_written_is_said_once_and_the_program_goes_on",
            Path::new(file),
        );
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success());
        assert!(
            String::from_utf8(output.stdout)
                .unwrap()
                .contains("went on")
        );
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(
            said.starts_with("event-export: ") && said.contains(file) && said.contains(why),
            "{said}"
        );
    }
}

#[test]
fn an_earlier_trace_stays_where_a_later_part_makes_no_sense() {
    let path = path("stays");
    fs::write(&path, "[]").unwrap();
    let exports = format!("chrome={},sumary", path.display());
    assert!(event_export::from_text(&exports, "chrome:stays").is_err());
    assert_eq!(fs::read_to_string(&path).unwrap(), "[]");

    let exports = format!("chrome={}", path.display());
    drop(event_export::from_text(&exports, "chrome:stays").unwrap());
    assert!(fs::read_to_string(&path).unwrap().contains("process_name"));
    fs::remove_file(path).unwrap();
}

#[test]
fn a_trace_can_be_read_from_the_start_and_is_no_earlier_ones() {
    let path = path("start");
    fs::write(&path, "[{\"name\": \"of an earlier run\"}]").unwrap();
    let trace = event_export::ChromeTrace::to_file(&path).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    let events: Vec<Value> = serde_json::from_str(&format!("{text}]")).unwrap();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["name"], "process_name");
    drop(trace);
    fs::remove_file(path).unwrap();
}

#[test]
fn a_file_that_another_trace_is_written_to_is_left_to_it() {
    const NAME: &str = "a_file_that_another_trace_is_written_to_is_left_to_it";
    if is_child() {
        let exports = event_export::from_env().unwrap();
        assert!(exports.is_empty());
        trigger_event("chrome:alone_child", (), || {});
        println!("went on");
        return;
    }
    let path = path("alone");
    let trace = event_export::ChromeTrace::to_file(&path).unwrap();
    let trace = event_core::install_listener("chrome:alone", trace);
    trigger_event("chrome:alone", (), || {});
    trace.flush().unwrap();

    // Of another process, which has inherited the variable.
    let output = run(NAME, &path);
    let said = String::from_utf8(output.stderr).unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(printed.contains("went on"), "{said}");
    let expected = format!(
        "event-export: cannot write `{0}` for `chrome={0}`: somebody else is writing to it (`%p` in a name is the \
         number of the process); the program goes on without it\n",
        path.display()
    );
    assert_eq!(said, expected);

    // Of this process, by another of the file's names.
    let link = path.with_extension("link");
    fs::hard_link(&path, &link).unwrap();
    let refused = event_export::ChromeTrace::to_file(&link).unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ResourceBusy);

    trigger_event("chrome:alone", (), || {});
    drop(trace);
    assert_eq!(
        phases(&fs::read_to_string(&path).unwrap()),
        ["B", "E", "B", "E"]
    );
    // Once it has ended, another may be.
    drop(event_export::ChromeTrace::to_file(&link).unwrap());
    assert_eq!(phases(&fs::read_to_string(&path).unwrap()), [""; 0]);
    fs::remove_file(link).unwrap();
    fs::remove_file(path).unwrap();
}

#[test]
fn a_process_that_is_forked_off_leaves_the_trace_as_it_is() {
    const NAME: &str = "a_process_that_is_forked_off_leaves_the_trace_as_it_is";
    if is_child() {
        let exports = event_export::from_env().unwrap();
        trigger_event("chrome:forks", (), || {});
        // SAFETY: the fork does what a daemon does that has begun its trace too early: it goes on.
        let forked = unsafe { libc::fork() };
        trigger_event("chrome:forks", (), || {});
        drop(exports);
        if forked == 0 {
            std::process::exit(0);
        }
        let mut status = -1;
        // SAFETY: the place for the status is this function's own.
        unsafe { libc::waitpid(forked, &raw mut status, 0) };
        assert_eq!(status, 0);
        return;
    }
    let path = path("forks");
    let output = run(NAME, &path);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(
        said.contains("it is of the process that forked this one"),
        "{said}"
    );
    assert_eq!(
        phases(&fs::read_to_string(&path).unwrap()),
        ["B", "E", "B", "E"]
    );
    fs::remove_file(path).unwrap();
}

#[test]
fn a_file_that_cannot_grow_ends_with_a_whole_event() {
    const NAME: &str = "a_file_that_cannot_grow_ends_with_a_whole_event";
    if is_child() {
        let exports = event_export::from_env().unwrap();
        for number in 0..10_000 {
            trigger_event("chrome:grows", event_core::data! { number }, || {});
        }
        drop(exports);
        println!("went on");
        return;
    }
    let path = path("grows");
    let program = child(NAME, &format!("chrome={}", path.display()));
    // A limit of 100 blocks; the signal that tells of it would end the program.
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' XFSZ; ulimit -f 100; exec \"$0\" \"$@\""]);
    shell.arg(program.get_program()).args(program.get_args());
    shell.envs(
        program
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    let output = shell.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        String::from_utf8(output.stdout)
            .unwrap()
            .contains("went on"),
        "{said}"
    );
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains("File too large"), "{said}");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.len() > 40_000, "{}", text.len());
    assert!(phases(&format!("{text}]")).len() > 100);
    fs::remove_file(path).unwrap();
}

#[test]
fn memory_stays_flat_however_much_is_written() {
    fn resident_kib() -> u64 {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse().ok())
            .unwrap_or(0)
    }
    let trace = event_export::ChromeTrace::to_writer(std::io::sink());
    let trace = event_core::local::install_listener("chrome:memory", trace);
    let call = || {
        for number in 0..100_000_u32 {
            trigger_event(
                "chrome:memory",
                event_core::data! { number, text = "some text" },
                || {},
            );
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
