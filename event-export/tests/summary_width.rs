//! The width of a table: columns are left out and names are shortened until every line fits.

#![cfg(feature = "summary")]

mod support;

use std::process::Output;
use std::time::Duration;

use event_core::{Cause, ExcDetails, Kind, data, end_event, local, start_event, trigger_event};
use event_export::{Summary, SummarySort, SummaryTable};
use support::child::{self, stderr};
use support::without_first_line;
use unicode_width::UnicodeWidthStr;

/// Calls whose names have 3 to 120 characters.
fn call_names(area: &str) {
    let kinds = [
        "a",
        "statements",
        "with_a_rather_long_name_for_a_kind_of_event",
    ];
    let names = [
        "run".to_owned(),
        "parse_statement_list".to_owned(),
        "<parser::expressions::Binary<'_> as Visit<Expression>>::visit_operand_mut".to_owned(),
        "x".repeat(120),
        "表格和文字".repeat(8),
        "e\u{301}\u{302}".repeat(40),
        "👍🏽❤\u{fe0f}👩\u{200d}👩\u{200d}👧🇩🇪".repeat(5),
        "two\nlines and \u{1b}[31mred".repeat(3),
    ];
    for kind in kinds {
        let kind = Kind::new(format!("{area}:{kind}")).unwrap();
        for name in &names {
            trigger_event(kind, data! { name }, || {});
        }
    }
}

/// Returns a table in which every column appears.
fn table(area: &'static str) -> SummaryTable {
    let pattern: event_core::KindFilter = format!("{area}:*").parse().unwrap();
    let summary = local::install_listener(pattern, Summary::new());
    call_names(area);
    let slow = Kind::new(format!("{area}:slow")).unwrap();
    for cause in [Cause::Error, Cause::Cancelled] {
        start_event(slow, ());
        std::thread::sleep(Duration::from_millis(12));
        end_event(slow, (), Some(ExcDetails::from_message(cause, "E", "no")));
    }
    for _ in 0..12_345 {
        trigger_event(slow, (), || {});
    }
    start_event(slow, ());
    summary.table().sorted_by(SummarySort::SelfTime)
}

/// Returns the headings of numbers, and for each row the cells below them.
fn numbers(text: &str) -> (Vec<&str>, Vec<Vec<&str>>) {
    let mut lines = without_first_line(text).lines();
    let headings = lines.next().unwrap().split_whitespace();
    let headings: Vec<&str> = headings
        .filter(|heading| !["kind", "function"].contains(heading))
        .collect();
    let cells = lines.map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        words[words.len() - headings.len()..].to_vec()
    });
    let cells = cells.collect();
    (headings, cells)
}

#[test]
fn every_line_fits_and_no_number_is_shortened() {
    let table = table("fits");
    let whole = table.to_string();
    let (all_headings, all_cells) = numbers(&whole);
    let mut left_out = Vec::new();
    for width in (20..=200).rev() {
        let text = format!("{table:width$}");
        for line in text.lines() {
            assert!(line.width() <= width, "{width}: {line}\n{text}");
        }
        let lines = without_first_line(&text).lines().count();
        assert_eq!(lines, 1 + table.rows().len(), "{text}");
        let (headings, cells) = numbers(&text);
        for (index, heading) in headings.iter().enumerate() {
            let in_whole = all_headings.iter().position(|known| known == heading);
            let in_whole = in_whole.unwrap_or_else(|| panic!("{width}: {heading}"));
            for (cells, all_cells) in cells.iter().zip(&all_cells) {
                assert_eq!(
                    cells[index], all_cells[in_whole],
                    "{width}: {heading}\n{text}"
                );
            }
        }
        for heading in all_headings.iter().chain(&["kind"]) {
            let is_left_out = !without_first_line(&text)
                .lines()
                .next()
                .unwrap()
                .contains(heading);
            match (is_left_out, left_out.contains(heading)) {
                (true, false) => left_out.push(*heading),
                (false, true) => panic!("{width}: `{heading}` is there again\n{text}"),
                _ => {}
            }
        }
    }
    let expected = [
        "p95",
        "open",
        "mean",
        "cancelled",
        "p50",
        "max",
        "total",
        "p99",
        "share",
        "kind",
        "failed",
        "calls",
    ];
    assert_eq!(left_out, expected);
}

#[test]
fn the_column_that_rows_are_sorted_by_is_left_out_last() {
    for (sort, heading) in [
        (SummarySort::Mean, "mean"),
        (SummarySort::Max, "max"),
        (SummarySort::Calls, "calls"),
        (SummarySort::Failed, "failed"),
        (SummarySort::Name, "self"),
    ] {
        let table = table("sorted").sorted_by(sort);
        let text = format!("{table:20}");
        assert_eq!(numbers(&text).0, [heading], "{text}");
    }
}

#[test]
fn widths_below_twenty_columns_fit_too() {
    let table = table("tiny");
    for width in 1..20 {
        let text = format!("{table:width$}");
        assert!(
            text.lines().all(|line| line.width() <= width),
            "{width}\n{text}"
        );
    }
}

#[test]
fn columns_are_aligned() {
    let table = table("aligned");
    for width in [20, 40, 80, 120, 200] {
        let text = format!("{table:width$}");
        let table = without_first_line(&text);
        let headings = table.lines().next().unwrap().width();
        // Terminals disagree on the width of joined emoji.
        for line in table.lines().filter(|line| line.is_ascii()) {
            assert_eq!(line.width(), headings, "{text}");
        }
    }
}

#[test]
fn rows_of_one_function_stay_distinct_without_the_column_of_kinds() {
    let table = table("kinds");
    let text = format!("{table:40}");
    assert!(without_first_line(&text).starts_with("function"), "{text}");
    let rows = text.lines().filter(|line| line.starts_with("run ("));
    let mut names: Vec<&str> = rows.map(|row| row.split_once(')').unwrap().0).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 3, "{text}");
}

#[test]
fn the_note_of_an_empty_table_fits() {
    let table = Summary::new().table();
    assert_eq!(format!("{table:20}"), "no events were\nreceived\n");
}

/// The program of the child processes.
#[test]
fn child() {
    if child::mode().is_some() {
        let _exports = event_export::from_env().unwrap();
        call_names("child");
    }
}

fn run(columns: Option<&str>) -> Output {
    let mut command = child::command("child", "");
    command.env("EVENT_EXPORT", "summary").env_remove("COLUMNS");
    if let Some(columns) = columns {
        command.env("COLUMNS", columns);
    }
    command.output().unwrap()
}

#[test]
fn a_pipe_has_the_width_of_the_environment() {
    for columns in ["20", "57", "100"] {
        let text = stderr(&run(Some(columns)));
        let width: usize = columns.parse().unwrap();
        assert!(text.lines().count() > 20, "{text}");
        assert!(text.lines().all(|line| line.width() <= width), "{text}");
    }
    let unlimited = [None, Some("0"), Some(""), Some("wide"), Some("-1")];
    for columns in unlimited {
        let text = stderr(&run(columns));
        assert!(text.contains(&"x".repeat(120)), "{columns:?}: {text}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_terminal_has_its_own_width() {
    for (setup, variable, width) in [
        ("stty cols 70;", "200", 70),
        ("stty cols 33;", "", 33),
        ("stty cols 0;", "50", 50),
        ("stty cols 0;", "", 80),
    ] {
        let mut command = child::command("child", "");
        command.env("EVENT_EXPORT", "summary").env("NO_COLOR", "1");
        command.env("COLUMNS", variable);
        let Some(text) = child::run_on_terminal(&command, setup) else {
            return;
        };
        // The harness writes to the line of the headings.
        let table = text.lines().skip_while(|line| !line.contains("function"));
        let rows: Vec<&str> = table.skip(1).take(24).collect();
        assert_eq!(rows.len(), 24, "{text}");
        let widest = rows.iter().map(|line| line.width()).max();
        assert!(
            (width - 1..=width).contains(&widest.unwrap()),
            "{setup}\n{text}"
        );
    }
}

/// Returns the first lines of the table, with and without a limit of its width.
fn first_line(table: &SummaryTable, width: usize) -> String {
    let text = format!("{table:width$}");
    let line = text.lines().next().unwrap().to_owned();
    let run_time = line.split_once(", ").unwrap().1;
    run_time.to_owned()
}

#[test]
fn the_first_line_shows_calls_failures_and_kinds_in_eighty_columns() {
    mod server {
        #[event_core::trigger_event("first_http:request", err)]
        pub(super) fn answer(result: Result<(), std::fmt::Error>) -> Result<(), std::fmt::Error> {
            result
        }
        pub(super) struct ConnectionPoolOfTheServer;
        impl ConnectionPoolOfTheServer {
            #[event_core::trigger_event("first_db:connection")]
            pub(super) fn take_one_that_is_idle(panics: bool) {
                assert!(!panics);
            }
        }
    }
    use server::ConnectionPoolOfTheServer as Pool;
    let pattern: event_core::KindFilter = "first_http:*,first_db:*".parse().unwrap();
    let summary = local::install_listener(pattern, Summary::new());
    assert!(server::answer(Ok(())).is_ok());
    let table = summary.table();
    let expected = "1 call, no failures; first_http:request";
    assert_eq!(first_line(&table, 80), expected);
    let _ = server::answer(Err(std::fmt::Error));
    let _ = std::panic::catch_unwind(|| Pool::take_one_that_is_idle(true));
    for _ in 0..999 {
        Pool::take_one_that_is_idle(false);
    }
    start_event(Kind::new("first_db:open").unwrap(), ());
    let table = summary.table();
    let counts = "1,002 calls, 1 error, 1 panic, 1 open; ";
    assert_eq!(
        first_line(&table, 150),
        format!("{counts}first_db:connection, first_db:open, first_http:request")
    );
    assert_eq!(
        first_line(&table, 80),
        format!("{counts}first_db:*, first_http:*")
    );
    assert_eq!(first_line(&table, 60), format!("{counts}3 kinds"));
    let text = format!("{table:80}");
    assert!(text.lines().all(|line| line.width() <= 80), "{text}");
    for name in ["ConnectionPo", "answer"] {
        assert!(text.contains(name), "{text}");
    }
    let whole = table.to_string();
    assert!(whole.lines().next().unwrap().width() <= 80, "{whole}");
}
