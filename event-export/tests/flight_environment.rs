//! The flight recorder of `EVENT_EXPORT` in whole programs: signals, exits, forks and mistakes.

#![cfg(all(feature = "flight", unix))]
#![expect(unsafe_code, reason = "the standard library has no signals")]

mod support;

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use event_core::{data, trigger_event};
use event_export::from_text;
use support::child::{self, stderr, warnings};
use support::temp_dir::TempDir;

#[trigger_event("app:work")]
fn work(millis: u64) {
    thread::sleep(Duration::from_millis(millis));
}

static HANDLED: AtomicU32 = AtomicU32::new(0);

extern "C" fn count_signal(_: i32) {
    HANDLED.fetch_add(1, Ordering::Relaxed);
}

fn raise() {
    // SAFETY: `raise` has no preconditions.
    unsafe {
        libc::raise(libc::SIGUSR1);
    }
}

/// The program of the child processes.
#[test]
fn child() {
    let Some(mode) = child::mode() else {
        return;
    };
    if mode == "handler" {
        // SAFETY: the handler changes an atomic only.
        unsafe {
            libc::signal(libc::SIGUSR1, count_signal as *const () as usize);
        }
    }
    let exports = event_export::from_env().unwrap();
    match &*mode {
        "slow" => work(300),
        "fast" => work(1),
        "exit" => {
            work(300);
            std::process::exit(0); // while the recording is due
        }
        "panic" => {
            let panics = || trigger_event("app:panics", data! { id = 7 }, || panic!("oh no"));
            let _ = std::panic::catch_unwind(panics);
        }
        "flush" => {
            work(1);
            exports.flush().unwrap();
            println!("flushed");
        }
        "hang" => trigger_event("app:outer", data! { id = 7 }, || {
            work(1);
            thread::spawn(|| {
                while event_export::open_scopes().len() < 2 {
                    thread::yield_now();
                }
                println!("ready");
            });
            work(60_000);
        }),
        "handler" => {
            work(1);
            raise();
            assert_eq!(HANDLED.load(Ordering::Relaxed), 1);
        }
        "fork" => {
            work(1);
            // SAFETY: the forked process only calls functions that allow that.
            let forked = unsafe { libc::fork() };
            work(300);
            if forked == 0 {
                assert!(event_export::open_scopes().is_empty());
                assert!(exports.flush().is_err());
                drop(exports);
                std::process::exit(0);
            }
            let mut status = -1;
            // SAFETY: `status` is a local variable.
            unsafe {
                libc::waitpid(forked, &raw mut status, 0);
            }
            assert_eq!(status, 0);
        }
        _ => unreachable!("{mode}"),
    }
}

fn command(mode: &str, directory: &Path, options: &str) -> Command {
    let mut command = child::command("child", mode);
    command.env(
        "EVENT_EXPORT",
        format!("flight={}{options}", directory.display()),
    );
    command
}

fn run(mode: &str, directory: &Path, options: &str) -> Output {
    let output = command(mode, directory, options).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    output
}

/// Returns the names of the files, after the process id.
fn files(directory: &Path) -> Vec<String> {
    let files = fs::read_dir(directory).unwrap();
    let mut names: Vec<String> = files
        .map(|file| {
            let name = file.unwrap().file_name().into_string().unwrap();
            let (_, name) = name.rsplit_once("Z-").unwrap();
            name.split_once('-').unwrap().1.to_owned()
        })
        .collect();
    names.sort();
    names
}

fn read(directory: &Path, extension: &str) -> String {
    let mut files = fs::read_dir(directory)
        .unwrap()
        .map(|file| file.unwrap().path());
    let is_wanted = |path: &std::path::PathBuf| path.extension().is_some_and(|it| it == extension);
    fs::read_to_string(files.find(is_wanted).unwrap()).unwrap()
}

#[test]
fn a_slow_scope_is_recorded_at_once_or_at_exit() {
    for mode in ["slow", "exit"] {
        let directory = TempDir::new(mode);
        let inside = directory.file("a").join("b");
        let output = run(mode, &inside, ";seconds=30;slow=250ms");
        assert_eq!(files(&inside), ["1-slow.html", "1-slow.json", "1-slow.txt"]);
        let lines = warnings(&output);
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(
            lines[0].starts_with("event-export: `work` (app:work) took 3"),
            "{lines:?}"
        );
        let text = read(&inside, "txt");
        assert!(text.contains("because `work` (app:work) took 3"), "{text}");
    }
}

#[test]
fn nothing_is_written_without_a_cause() {
    let directory = TempDir::new("fast");
    let output = run("fast", directory.path(), ";slow=250ms");
    assert!(warnings(&output).is_empty(), "{}", stderr(&output));
    assert!(files(directory.path()).is_empty());
}

#[test]
fn a_panic_is_recorded() {
    let directory = TempDir::new("panic");
    run("panic", directory.path(), "");
    assert_eq!(
        files(directory.path()),
        ["1-panic.html", "1-panic.json", "1-panic.txt"]
    );
    let trace: serde_json::Value = serde_json::from_str(&read(directory.path(), "json")).unwrap();
    let events = trace.as_array().unwrap();
    let begin = events.iter().find(|event| event["ph"] == "B").unwrap();
    assert_eq!(
        (&begin["name"], &begin["args"]["id"]),
        (&"app:panics".into(), &7.into())
    );
}

#[test]
fn exports_flush_writes_a_recording() {
    let directory = TempDir::new("flush");
    run("flush", directory.path(), ";files=3;memory=1MiB");
    assert_eq!(
        files(directory.path()),
        ["1-demand.html", "1-demand.json", "1-demand.txt"]
    );
}

#[test]
fn the_signal_shows_where_a_program_hangs() {
    let directory = TempDir::new("hang");
    let mut child = command("hang", directory.path(), "")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().ends_with("ready")));
    let pid = i32::try_from(child.id()).unwrap();
    // SAFETY: the process has not been waited for, so the number is its own.
    unsafe {
        libc::kill(pid, libc::SIGUSR1);
    }
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut text = String::new();
    while !text.contains("wrote `") {
        assert!(stderr.read_line(&mut text).unwrap() > 0, "{text}");
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let _ = stderr.read_to_string(&mut text);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "event-export: Open scopes: 2");
    assert!(lines[1].contains("app:outer id=7  thread "), "{text}");
    assert!(
        lines[2].contains("   work (app:work) millis=60000  thread "),
        "{text}"
    );
    assert_eq!(
        files(directory.path()),
        ["1-signal.html", "1-signal.json", "1-signal.txt"]
    );
    let text = read(directory.path(), "txt");
    assert!(text.contains("Open scopes: 2\n"), "{text}");
}

#[test]
fn the_handler_of_the_program_stays() {
    let directory = TempDir::new("handler");
    let output = run("handler", directory.path(), "");
    let expected = "event-export: the program handles or ignores SIGUSR1, so the signal writes no \
                    flight recording";
    assert_eq!(warnings(&output), [expected]);
    assert!(files(directory.path()).is_empty());
    let output = run("handler", directory.path(), ";no-signal");
    assert!(warnings(&output).is_empty(), "{}", stderr(&output));
}

#[test]
fn a_forked_process_writes_nothing() {
    let directory = TempDir::new("fork");
    let output = run("fork", directory.path(), ";slow=250ms");
    assert_eq!(
        files(directory.path()),
        ["1-slow.html", "1-slow.json", "1-slow.txt"]
    );
    let lines = warnings(&output);
    assert!(
        lines
            .iter()
            .any(|line| line.contains("this process was forked")),
        "{lines:?}"
    );
}

#[test]
fn a_directory_that_cannot_be_written_is_reported_at_start() {
    let output = run("slow", Path::new("/proc/flight"), ";slow=250ms");
    let lines = warnings(&output);
    let expected =
        "event-export: cannot write `/proc/flight` for `flight=/proc/flight;slow=250ms`: ";
    assert!(lines[0].starts_with(expected), "{lines:?}");
    assert_eq!(lines.len(), 1);
}

#[test]
fn a_full_disk_leaves_no_files() {
    // Mounting a small file system needs rights, so the size of files is limited instead.
    let directory = TempDir::new("full");
    let mut child = command("slow", directory.path(), ";slow=250ms");
    let program = child.get_program().to_owned();
    let arguments: Vec<_> = child.get_args().map(ToOwned::to_owned).collect();
    let mut shell = Command::new("sh");
    shell
        .args(["-c", "trap '' XFSZ; ulimit -f 8; exec \"$@\"", "sh"])
        .arg(program)
        .args(arguments);
    child::copy_environment(&child, &mut shell);
    let _ = child.stdin(Stdio::null());
    let output = shell.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let lines = warnings(&output);
    let expected = "event-export: cannot write a flight recording to `";
    assert!(
        lines.iter().any(|line| line.starts_with(expected)),
        "{lines:?}"
    );
    assert!(files(directory.path()).is_empty());
}

#[test]
fn mistakes_are_errors() {
    for (spec, why) in [
        (
            "flight",
            "it needs a directory to write to, as in `flight=flight`",
        ),
        (
            "flight=dir;slow=5 parsecs",
            "the option `slow` is a duration, such as `500ms`, `30s` or `5m`, not `5 parsecs`",
        ),
        (
            "flight=dir;memory=much",
            "the option `memory` is a size, such as `512KiB` or `4MiB`, not `much`",
        ),
        (
            "flight=dir;files=x",
            "the option `files` is a number of recordings, not `x`",
        ),
        (
            "flight=dir;seconds",
            "the option `seconds` needs a value: a duration, such as `500ms`, `30s` or `5m`",
        ),
        (
            "flight=dir;sow=1s",
            "unknown option `sow`; `flight` has the options `seconds`, `slow`, `memory`, `files`, \
             `no-signal`; did you mean `slow`?",
        ),
    ] {
        let error = from_text(spec, "").unwrap_err().to_string();
        assert_eq!(error, format!("`{spec}` in EVENT_EXPORT: {why}"));
    }
    assert!(!Path::new("dir").exists());
}
