//! Processes that a busy program forks: they neither hang nor write outputs of their parent's.

#![cfg(all(
    feature = "summary",
    feature = "chrome",
    feature = "flame",
    feature = "report",
    feature = "log",
    feature = "tracing",
    unix
))]
#![expect(unsafe_code, reason = "the standard library cannot fork")]

mod support;

use std::cell::Cell;
use std::error::Error;
use std::fmt;
use std::fs;
use std::io;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use event_core::trigger_event;
use support::child::{self, stderr, stdout, warnings};
use support::temp_dir::TempDir;

const FORKS: usize = 15;

#[trigger_event("fork:work")]
fn work(n: u64) -> u64 {
    std::hint::black_box(n)
}

/// Forks; returns whether the forked process exited in time.
fn fork(run: impl FnOnce()) -> bool {
    fork_here().unwrap_or_else(|| {
        run();
        std::process::exit(0)
    })
}

/// Forks; returns whether the forked process exited in time, and `None` in the forked process.
fn fork_here() -> Option<bool> {
    // SAFETY: `fork` has no preconditions. The forked process allocates although this process has
    // other threads; glibc makes its allocator usable in the forked process.
    let forked = unsafe { libc::fork() };
    if forked == 0 {
        return None;
    }
    let start = Instant::now();
    let mut status = -1;
    // SAFETY: `status` is a local variable that outlives the calls.
    unsafe {
        while libc::waitpid(forked, &raw mut status, libc::WNOHANG) != forked {
            if start.elapsed() > Duration::from_secs(3) {
                libc::kill(forked, libc::SIGKILL);
                libc::waitpid(forked, &raw mut status, 0);
                return Some(false);
            }
            thread::sleep(Duration::from_millis(1));
        }
    }
    Some(status == 0)
}

static HANGS: AtomicUsize = AtomicUsize::new(0);
static IS_FORKED: AtomicBool = AtomicBool::new(false);

/// A value that forks the process while it is formatted.
struct ForksInFormat;

impl fmt::Debug for ForksInFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !IS_FORKED.load(Ordering::Relaxed) {
            match fork_here() {
                None => IS_FORKED.store(true, Ordering::Relaxed),
                Some(has_exited) => _ = HANGS.fetch_add((!has_exited).into(), Ordering::Relaxed),
            }
        }
        f.write_str("forks")
    }
}

impl fmt::Display for ForksInFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl Error for ForksInFormat {}

#[trigger_event("fork:argument")]
fn argument(_value: &ForksInFormat) {}

#[trigger_event("fork:returned", ret)]
fn returned() -> ForksInFormat {
    ForksInFormat
}

#[trigger_event("fork:failed", err)]
fn failed() -> Result<(), ForksInFormat> {
    Err(ForksInFormat)
}

/// A logger that formats without a lock.
struct FormattingLogger;

impl log::Log for FormattingLogger {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        std::hint::black_box(record.args().to_string());
    }

    fn flush(&self) {}
}

/// Runs calls whose values fork while the exporters format them.
fn fork_while_formatting() {
    log::set_logger(&FormattingLogger).unwrap();
    log::set_max_level(log::LevelFilter::Info);
    tracing_subscriber::fmt().with_writer(io::sink).init();
    for _ in 0..FORKS {
        for call in [
            || argument(&ForksInFormat),
            || _ = returned(),
            || {
                let _ = failed();
            },
        ] {
            call();
            if IS_FORKED.load(Ordering::Relaxed) {
                std::process::exit(0);
            }
        }
    }
    println!("{} hang", HANGS.load(Ordering::Relaxed));
}

/// The program of the child processes.
#[test]
fn child() {
    static STOP: AtomicBool = AtomicBool::new(false);
    let Some(mode) = child::mode() else {
        return;
    };
    let exports = event_export::from_env().unwrap();
    if mode == "from_env after the fork" {
        assert!(fork(|| {
            let exports = event_export::from_env().unwrap();
            work(1);
            drop(exports);
        }));
        return;
    }
    let exports = Cell::new(Some(exports)); // a forked process takes its copy
    let busy = (mode != "idle").then(|| {
        thread::spawn(|| {
            while !STOP.load(Ordering::Relaxed) {
                work(1);
            }
        })
    });
    work(1);
    if mode == "formatting" {
        return fork_while_formatting();
    }
    let hangs = (0..FORKS).filter(|number| {
        thread::sleep(Duration::from_millis(3));
        !fork(|| {
            work(2);
            let exports = exports.take();
            if number % 3 == 0 {
                assert!(exports.as_ref().is_some_and(|it| it.flush().is_err()));
            }
            if number % 2 == 0 {
                drop(exports);
            } else {
                std::mem::forget(exports);
            }
        })
    });
    println!("{} hang", hangs.count());
    STOP.store(true, Ordering::Relaxed);
    if let Some(busy) = busy {
        busy.join().unwrap();
    }
    drop(exports.take());
}

fn command(mode: &str, exports: &str) -> Command {
    let mut command = child::command("child", mode);
    command.env("EVENT_EXPORT", exports);
    command
}

fn run(mode: &str, exports: &str) -> Output {
    command(mode, exports).output().unwrap()
}

#[test]
fn a_process_forked_by_a_busy_program_exits() {
    let directory = TempDir::new("busy");
    let at = directory.path().display();
    for exports in [
        "summary".to_owned(),
        format!("summary={at}/s.txt"),
        format!("flame={at}/f.svg"),
        format!("flame={at}/f.folded;threads=apart"),
        format!("report={at}/r.html"),
        format!("chrome={at}/t.json"),
        "log".to_owned(),
        "tracing".to_owned(),
        format!("summary,flame={at}/f.svg,report={at}/r.html,chrome={at}/t.json,log,tracing"),
    ] {
        let output = run("busy", &exports);
        assert!(output.status.success(), "{exports}: {output:?}");
        assert!(stdout(&output).contains("0 hang"), "{exports}: {output:?}");
    }
}

#[test]
fn a_process_forked_while_an_exporter_formats_exits() {
    let directory = TempDir::new("formatting");
    let at = directory.path().display();
    for exports in [
        format!("report={at}/r.html"),
        format!("chrome={at}/t.json"),
        "log".to_owned(),
        "tracing".to_owned(),
        format!("summary,flame={at}/f.svg,report={at}/r.html,chrome={at}/t.json,log,tracing"),
    ] {
        let output = run("formatting", &exports);
        assert!(output.status.success(), "{exports}: {output:?}");
        assert!(stdout(&output).contains("0 hang"), "{exports}: {output:?}");
    }
}

#[test]
fn a_forked_process_writes_one_warning_and_no_output() {
    let directory = TempDir::new("output");
    let at = directory.path().display();
    let exports = format!("summary={at}/s.csv,flame={at}/f.folded;by=count,chrome={at}/t-%p.json");
    let output = run("idle", &exports);
    assert!(output.status.success(), "{output:?}");
    let warnings = warnings(&output);
    assert_eq!(warnings.len(), FORKS, "{output:?}");
    assert!(
        warnings[0].contains("this process was forked"),
        "{warnings:?}"
    );
    // Only the parent's call is in the outputs.
    assert_eq!(directory.entries().len(), 3);
    let folded = fs::read_to_string(directory.file("f.folded")).unwrap();
    assert_eq!(folded, "work [fork:work] 1\n");
    let table = fs::read_to_string(directory.file("s.csv")).unwrap();
    assert_eq!(table.lines().count(), 2, "{table}");
    assert!(table.contains(",1,0,0,0,"), "{table}");

    // A table on stderr is printed once.
    let output = run("idle", "summary");
    assert_eq!(
        stderr(&output).matches("\nfork:work").count(),
        1,
        "{output:?}"
    );
}

#[test]
fn a_forked_process_can_make_exporters_of_its_own() {
    let directory = TempDir::new("own");
    let at = directory.path().display();
    let exports = format!("summary={at}/s-%p.csv,flame={at}/f-%p.folded,chrome={at}/t-%p.json");
    let output = run("from_env after the fork", &exports);
    assert!(output.status.success(), "{output:?}");
    let entries = directory.entries();
    assert_eq!(entries.len(), 6, "{entries:?}");
    let calls = |name: &String| {
        let text = fs::read_to_string(directory.file(name)).unwrap();
        text.contains("fork:work")
    };
    assert_eq!(entries.iter().filter(|name| calls(name)).count(), 3);
}

#[cfg(all(feature = "live", target_os = "linux"))]
#[test]
fn a_live_table_does_not_hang_or_panic_in_a_forked_process() {
    for mode in ["busy", "idle"] {
        let Some(text) = child::run_on_terminal(&command(mode, "summary=live"), "") else {
            return;
        };
        assert!(text.contains("0 hang"), "{mode}: {text}");
        assert!(!text.contains("panicked"), "{mode}: {text}");
    }
}
