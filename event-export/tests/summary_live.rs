//! The table on a terminal while the process runs. `script` (util-linux) provides the terminal.

#![cfg(all(feature = "live", target_os = "linux"))]
#![expect(unsafe_code, reason = "the standard library has no signals")]

mod support;

use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use event_core::{data, trigger_event};
use support::child::{self, stderr};
use unicode_width::UnicodeWidthStr;

/// The program of the child processes. Its mode is the number of rows, or `ROWSxROUNDS`.
#[test]
fn child() {
    let Some(mode) = child::mode() else {
        return;
    };
    let (rows, rounds) = mode.split_once('x').unwrap_or((&mode, "10"));
    let rows: usize = rows.parse().unwrap();
    let rounds: usize = rounds.parse().unwrap();
    let exports = event_export::from_env().unwrap();
    for round in 0..rounds {
        for name in 0..rows {
            let name = format!("row{name:02}");
            trigger_event("live:child", data! { name }, || {});
        }
        println!("output of round {round}");
        std::thread::sleep(Duration::from_millis(100));
    }
    let before = Instant::now();
    drop(exports);
    println!("ended in {} ms", before.elapsed().as_millis());
}

/// The program of a child process that another process terminates.
#[test]
fn terminated_child() {
    let Some(mode) = child::mode() else {
        return;
    };
    if mode == "ignores" {
        // SAFETY: `signal` with `SIG_IGN` has no preconditions.
        unsafe {
            libc::signal(libc::SIGTERM, libc::SIG_IGN);
        }
    }
    let exports = event_export::from_env().unwrap();
    trigger_event("live:terminated", (), || {});
    std::thread::sleep(Duration::from_millis(700));
    if mode == "after_q" {
        drop(exports);
    }
    let is_handled = Arc::new(AtomicBool::new(false));
    if mode == "handles_later" {
        let handled = Arc::clone(&is_handled);
        signal_hook::flag::register(libc::SIGTERM, handled).unwrap();
    }
    let id = std::process::id().to_string();
    let kill = Command::new("kill").args(["-TERM", &id]).status();
    assert!(kill.unwrap().success());
    let survives = ["ignores", "handles_later"].contains(&&*mode);
    let time = if survives { 600 } else { 20_000 };
    std::thread::sleep(Duration::from_millis(time));
    println!("has survived, {}", is_handled.load(Ordering::SeqCst));
}

/// Runs [`child`] on a terminal with 24 rows and 120 columns. Returns what the terminal receives,
/// or `None` if `script` is not installed.
fn run(rows: usize) -> Option<String> {
    let mut command = child::command("child", &rows.to_string());
    command.env("EVENT_EXPORT", "summary=live;sort=name");
    child::run_on_terminal(&command, "stty rows 24 cols 120;")
}

/// Returns the tables that are drawn while the program runs.
fn drawings(text: &str) -> impl Iterator<Item = &str> {
    let drawings = text.split(BEGIN_DRAWING).skip(1);
    drawings.map(|drawing| drawing.split_once(END_DRAWING).unwrap().0)
}

/// The control sequence that begins each drawing of the table.
const BEGIN_DRAWING: &str = "\u{1b}[?2026h";

/// The control sequence that ends each drawing of the table.
const END_DRAWING: &str = "\u{1b}[?2026l";

/// Returns the contents of the screen after the terminal has received `text`.
fn screen(text: &str) -> String {
    let mut parser = vt100::Parser::new(24, 120, 200);
    parser.process(text.as_bytes());
    parser.screen().contents()
}

#[test]
fn the_table_is_redrawn_and_the_last_one_stays() {
    let Some(text) = run(3) else {
        return;
    };
    let drawings = text.matches(BEGIN_DRAWING).count();
    assert!(
        (2..=20).contains(&drawings),
        "{drawings} drawings in {text:?}"
    );

    let screen = screen(&text);
    let tables = screen
        .lines()
        .filter(|line| line.starts_with("kind "))
        .count();
    assert_eq!(tables, 1, "{screen}");
    for row in ["row00", "row01", "row02"] {
        let row = screen.lines().find(|line| line.contains(row)).unwrap();
        let cells: Vec<&str> = row.split_whitespace().collect();
        assert_eq!((cells[0], cells[2]), ("live:child", "10"), "{screen}");
    }
    for round in 0..10 {
        assert!(
            screen.contains(&format!("output of round {round}")),
            "{screen}"
        );
    }
    let ended = text.split("ended in ").nth(1).unwrap();
    let millis: u32 = ended.split(' ').next().unwrap().parse().unwrap();
    assert!(millis < 1000, "{millis}");
}

#[test]
fn a_drawing_is_not_higher_than_the_terminal() {
    let Some(text) = run(40) else {
        return;
    };
    let drawing = drawings(&text).last().unwrap();
    assert!(drawing.matches("live:child").count() < 24, "{drawing:?}");
    assert!(drawing.contains(" more"), "{drawing:?}");
    // The last table is printed with all rows.
    let end = &text[text.rfind(END_DRAWING).unwrap_or(0)..];
    assert_eq!(end.matches("live:child  ").count(), 40);
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    let widths = [20, 30, 40, 50, 57, 70, 80, 100, 200];
    let run = |width: usize| {
        let mut command = child::command("child", "3");
        command
            .env("EVENT_EXPORT", "summary=live")
            .env("NO_COLOR", "1");
        child::run_on_terminal(&command, &format!("stty rows 24 cols {width};"))
    };
    std::thread::scope(|scope| {
        let runs = widths.map(|width| (width, scope.spawn(move || run(width))));
        for (width, text) in runs {
            let Some(text) = text.join().unwrap() else {
                return;
            };
            let last = text.rsplit_once("function").unwrap().1;
            // The line of the headings begins with control sequences, or with the harness's text.
            let last = last.lines().skip(1).take(3);
            let rows = drawings(&text).flat_map(|drawing| drawing.lines());
            let rows = rows.filter(|line| line.contains("row0"));
            let mut lines = 0;
            for line in rows.chain(last) {
                let line = line.split(['\u{1b}', '\r']).next().unwrap();
                assert!(line.width() <= width, "{width}: {line}\n{text:?}");
                assert!(line.contains("row0"), "{width}: {line}\n{text:?}");
                // A time without its whole unit would be wrong by a thousand.
                let is_time =
                    |word: &str| ["ns", "µs", "ms"].iter().any(|unit| word.ends_with(unit));
                let has_time = line.split_whitespace().any(is_time);
                assert!(has_time, "{width}: {line}\n{text:?}");
                lines += 1;
            }
            assert!(lines >= 3 * 3, "{width}: {lines} lines in {text:?}");
        }
    });
}

#[test]
fn without_a_terminal_only_the_last_table_is_printed() {
    let mut command = child::command("child", "2");
    command
        .env("EVENT_EXPORT", "summary=live")
        .stdin(Stdio::null());
    let text = stderr(&command.output().unwrap());
    assert_eq!(text.matches("kind ").count(), 1, "{text}");
    assert!(!text.contains('\u{1b}'), "{text}");
}

/// Runs [`child`] with 3 rows on a terminal, and presses keys: each with the time in milliseconds
/// since the start. Afterwards `stty -a` prints the modes. Returns what the terminal receives, or
/// `None` if `script` is not installed.
fn run_with_keys(exports: &str, keys: &[(u64, &[u8])]) -> Option<String> {
    run_child_with_keys(&child::command("child", "3"), exports, keys)
}

fn run_child_with_keys(child: &Command, exports: &str, keys: &[(u64, &[u8])]) -> Option<String> {
    run_on_columns(120, child, exports, keys)
}

fn run_on_columns(
    columns: usize,
    child: &Command,
    exports: &str,
    keys: &[(u64, &[u8])],
) -> Option<String> {
    let program = child.get_program().to_str().unwrap();
    let arguments: Vec<_> = child.get_args().map(|it| it.to_str().unwrap()).collect();
    let arguments = arguments.join(" ");
    // The shell survives the signals of the keyboard.
    let line = format!(
        "trap : INT; stty rows 24 cols {columns}; '{program}' {arguments}; echo status $?; stty -a; echo rows"
    );
    let mut command = Command::new("script");
    command
        .args(["--quiet", "--return", "--command", &line, "/dev/null"])
        .env("TERM", "xterm-256color")
        .env("SHELL", "/bin/sh");
    child::copy_environment(child, &mut command);
    command.env("EVENT_EXPORT", exports);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut terminal = command.spawn().ok()?;
    let mut stdin = terminal.stdin.take().unwrap();
    let mut stdout = terminal.stdout.take().unwrap();
    let (sender, received) = mpsc::channel();
    let output = thread::spawn(move || {
        let mut text = Vec::new();
        let mut part = [0; 4096];
        while let Ok(len @ 1..) = stdout.read(&mut part) {
            text.extend(&part[..len]);
            if contains(&text, b"no failures; ") {
                let _ = sender.send(()); // only the first is received
            }
        }
        text
    });
    // A slow machine starts the child late, and a key before the first table has no effect. The
    // child draws it about 250 ms after its start.
    if !keys.is_empty() {
        let _ = received.recv(); // an error if the child has ended
    }
    let first_table = Instant::now();
    for (millis, keys) in keys {
        let at = first_table + Duration::from_millis(millis.saturating_sub(250));
        std::thread::sleep(at.saturating_duration_since(Instant::now()));
        stdin.write_all(keys).unwrap();
        stdin.flush().unwrap();
    }
    // The end of the input would be the end of the terminal.
    let output = output.join().unwrap();
    terminal.wait().unwrap();
    drop(stdin);
    Some(String::from_utf8(output).unwrap())
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

fn assert_restored(text: &str) {
    let modes = text.rsplit_once("speed ").expect(text).1;
    let modes: Vec<&str> = modes.split([' ', ';', '\r', '\n']).collect();
    for mode in ["icanon", "echo", "isig"] {
        assert!(modes.contains(&mode), "{mode}: {modes:?}");
    }
    // The whole screen scrolls again.
    let end = text.rfind("\u{1b}[r").expect(text);
    assert!(!text[end + 3..].contains(";1H"), "{text:?}");
}

#[test]
fn keys_sort_and_filter_the_table() {
    let keys: &[(u64, &[u8])] = &[(400, b"n"), (500, b"/ROW01"), (600, b"\r")];
    let Some(text) = run_with_keys("summary=live", keys) else {
        return;
    };
    let last = drawings(&text).last().unwrap();
    assert!(last.contains("sort: name; filter: ROW01"), "{last:?}");
    let rows = ["row00", "row01", "row02"].map(|row| last.contains(row));
    assert_eq!(rows, [false, true, false], "{last:?}");
    assert!(drawings(&text).any(|drawing| drawing.contains("sort: self; keys: q quits")));
    assert_restored(&text);
    // The table at the end has all rows.
    let end = &text[text.rfind(END_DRAWING).unwrap()..];
    assert!(end.contains("row00") && end.contains("row02"), "{end:?}");
}

#[test]
fn all_keys_are_named_on_a_narrow_terminal() {
    let child = child::command("child", "3");
    let Some(text) = run_on_columns(60, &child, "summary=live", &[(400, b"q")]) else {
        return;
    };
    assert!(
        text.contains("sort: self; keys: q space / s t b i c f m p x a n"),
        "{text:?}"
    );
}

#[test]
fn a_paused_table_stays_the_same() {
    let Some(text) = run_with_keys("summary=live", &[(500, b" ")]) else {
        return;
    };
    let paused = drawings(&text).filter(|drawing| drawing.contains("paused; "));
    let paused: Vec<&str> = paused.collect();
    assert!(paused.len() >= 2, "{text:?}");
    assert!(
        paused.iter().all(|drawing| drawing == &paused[0]),
        "{text:?}"
    );
    assert_restored(&text);
}

#[test]
fn q_ends_the_live_table_and_not_the_program() {
    let Some(text) = run_with_keys("summary=live", &[(500, b"q")]) else {
        return;
    };
    let end = &text[text.rfind(END_DRAWING).unwrap()..];
    assert!(end.contains("output of round 9"), "{end:?}");
    assert!(end.contains("row02"), "{end:?}");
    assert_restored(&text);
}

#[test]
fn the_terminal_is_restored_before_a_signal_of_the_keyboard() {
    // A slow machine handles the key late.
    let child = child::command("child", "3x200");
    let Some(text) = run_child_with_keys(&child, "summary=live", &[(500, b"\x03")]) else {
        return;
    };
    assert!(!text.contains("output of round 199"), "{text:?}");
    assert_restored(&text);
}

#[test]
fn the_terminal_is_restored_before_another_process_terminates_this_one() {
    for mode in ["drawing", "after_q"] {
        let child = child::command("terminated_child", mode);
        let Some(text) = run_child_with_keys(&child, "summary=live", &[]) else {
            return;
        };
        assert!(drawings(&text).count() >= 1, "{text:?}");
        // 128 plus SIGTERM
        assert!(text.contains("status 143"), "{mode}: {text:?}");
        assert!(!text.contains("has survived"), "{mode}: {text:?}");
        assert_restored(&text);
    }
}

#[test]
fn a_signal_that_the_program_ignores_stays_ignored() {
    let child = child::command("terminated_child", "ignores");
    let Some(text) = run_child_with_keys(&child, "summary=live", &[]) else {
        return;
    };
    assert!(
        text.contains("has survived") && text.contains("status 0"),
        "{text:?}"
    );
    assert_restored(&text);
}

#[test]
fn a_handler_that_the_program_sets_after_the_table_decides() {
    let child = child::command("terminated_child", "handles_later");
    let Some(text) = run_child_with_keys(&child, "summary=live", &[]) else {
        return;
    };
    assert!(
        text.contains("has survived, true") && text.contains("status 0"),
        "{text:?}"
    );
    assert_restored(&text);
}

#[test]
fn without_keys_the_terminal_is_not_changed() {
    let Some(text) = run_with_keys("summary=live;no-keys", &[(400, b"q")]) else {
        return;
    };
    assert!(!text.contains("keys: q quits"), "{text:?}");
    assert!(drawings(&text).count() >= 2, "{text:?}");
    assert_restored(&text);
}

#[test]
fn the_output_of_the_program_is_whole_above_the_table() {
    let Some(text) = run(13) else {
        return;
    };
    // Before the table at the end, the output has 7 of the 24 lines.
    let end = text.rfind(END_DRAWING).unwrap() + END_DRAWING.len();
    let screen = screen(&text[..end]);
    let lines: Vec<&str> = screen.lines().collect();
    for round in 4..10 {
        let line = format!("output of round {round}");
        assert!(lines.contains(&&*line), "{line}: {screen}");
    }
    let table = lines.iter().filter(|line| line.contains(" row")).count();
    assert_eq!(table, 13, "{screen}");
}
