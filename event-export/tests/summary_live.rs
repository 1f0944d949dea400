//! The table on a terminal while the process runs. `script` (util-linux) provides the terminal.

#![cfg(all(feature = "live", target_os = "linux"))]

mod support;

use std::process::Stdio;
use std::time::{Duration, Instant};

use event_core::{data, trigger_event};
use support::child::{self, stderr};
use unicode_width::UnicodeWidthStr;

/// The program of the child processes. Its mode is the number of rows.
#[test]
fn child() {
    let Some(rows) = child::mode() else {
        return;
    };
    let rows: usize = rows.parse().unwrap();
    let exports = event_export::from_env().unwrap();
    for round in 0..10 {
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
        (2..=5).contains(&drawings),
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
    assert!(millis < 200, "{millis}");
}

#[test]
fn a_drawing_is_not_higher_than_the_terminal() {
    let Some(text) = run(40) else {
        return;
    };
    let from = text.find(BEGIN_DRAWING).unwrap();
    let to = from + text[from..].find(END_DRAWING).unwrap();
    let drawing = &text[from..to];
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
                let time = line.split_whitespace().find(|word| word.ends_with("µs"));
                assert!(time.is_some(), "{width}: {line}\n{text:?}");
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
