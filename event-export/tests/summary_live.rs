//! The table on a terminal while the program runs, in a terminal that `script` (util-linux) makes.
#![cfg(all(feature = "live", target_os = "linux"))]

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use event_core::{data, trigger_event};

/// What the child does: this test alone, with `LIVE_CHILD` set to how many rows there are.
#[test]
fn child() {
    let Ok(rows) = std::env::var("LIVE_CHILD") else {
        return;
    };
    let rows: usize = rows.parse().unwrap();
    let exports = event_export::from_env().unwrap();
    for round in 0..10 {
        for name in 0..rows {
            let name = format!("row{name:02}");
            trigger_event("live:child", data! { name }, || {});
        }
        println!("the program's line {round}");
        std::thread::sleep(Duration::from_millis(100));
    }
    let before = Instant::now();
    drop(exports);
    println!("ended in {} ms", before.elapsed().as_millis());
}

/// What the terminal was told; none where there is no `script`.
fn run(rows: usize) -> Option<String> {
    let program = std::env::current_exe().unwrap();
    let line = format!(
        "stty rows 24 cols 120; '{}' --exact child --nocapture",
        program.display()
    );
    let output = Command::new("script")
        .args(["--quiet", "--return", "--command", &line, "/dev/null"])
        .env("LIVE_CHILD", rows.to_string())
        .env("EVENT_EXPORT", "summary=live;sort=name")
        .env("TERM", "xterm-256color")
        .env_remove("NO_COLOR")
        .output()
        .ok()?;
    Some(String::from_utf8(output.stdout).unwrap())
}

const PICTURE: &str = "\u{1b}[?2026h";

/// The screen when all of `text` has been written.
fn screen(text: &str) -> String {
    let mut parser = vt100::Parser::new(24, 120, 200);
    parser.process(text.as_bytes());
    parser.screen().contents()
}

#[test]
fn the_table_is_drawn_again_and_again_and_the_last_one_stays() {
    let Some(text) = run(3) else {
        return;
    };
    let pictures = text.matches(PICTURE).count();
    assert!(
        (2..=5).contains(&pictures),
        "{pictures} pictures in {text:?}"
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
            screen.contains(&format!("the program's line {round}")),
            "{screen}"
        );
    }
    let ended = text.split("ended in ").nth(1).unwrap();
    let millis: u32 = ended.split(' ').next().unwrap().parse().unwrap();
    assert!(millis < 200, "{millis}");
}

#[test]
fn a_picture_is_never_higher_than_the_terminal() {
    let Some(text) = run(40) else {
        return;
    };
    let from = text.find(PICTURE).unwrap();
    let to = from + text[from..].find("\u{1b}[?2026l").unwrap();
    let picture = &text[from..to];
    assert!(picture.matches("live:child").count() < 24, "{picture:?}");
    assert!(picture.contains(" more"), "{picture:?}");
    // In the end all of them are there.
    let end = &text[text.rfind("?2026l").unwrap_or(0)..];
    assert_eq!(end.matches("live:child").count(), 40);
}

#[test]
fn where_there_is_no_terminal_only_the_end_is_printed() {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture"])
        .env("LIVE_CHILD", "2")
        .env("EVENT_EXPORT", "summary=live")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(text.matches("kind ").count(), 1, "{text}");
    assert!(!text.contains('\u{1b}'), "{text}");
}
