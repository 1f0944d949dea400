//! The contents of a report: calls, rows, failures and threads.

#![cfg(feature = "report")]

mod support;

use std::fmt;
use std::panic::catch_unwind;
use std::time::Duration;

use event_core::{current_event, data, enter_event, start_event, trigger_event};
use event_export::{Exporter as _, Report};
use support::cancel;
use support::report_page::{install, read};

// Columns of a row; see `Page::row`.
const CALLS: usize = 5;
const FAILED: usize = 6;
const CANCELLED: usize = 7;
const TOTAL: usize = 8;
const OWN: usize = 9;
const MEAN: usize = 10;
const MAX: usize = 14;

#[test]
fn calls_are_nested_and_have_their_arguments_and_results() {
    #[trigger_event("report:calls", ret)]
    fn outer(name: &str) -> u32 {
        inner(name.len(), 1) + inner(0, 2)
    }
    #[trigger_event("report:calls")]
    fn inner(length: usize, time: u32) -> u32 {
        std::thread::sleep(Duration::from_millis(2));
        u32::try_from(length).unwrap() + time
    }
    let (path, report) = install("report:calls", |report| report);
    outer("a \"b\"");
    drop(report);
    let page = read(&path);
    assert_eq!(page.len(), 3);
    assert_eq!(page.number("calls"), 3);
    assert_eq!(page.number("undrawn"), 0);
    let [outer, first, second] = [0, 1, 2];
    assert_eq!(page.name(outer), "outer");
    assert_eq!(page.texts("arguments", outer), ["name", r#""a \"b\"""#]);
    assert_eq!(page.texts("result", outer), ["return", "8"]);
    assert_eq!(page.texts("arguments", first), ["length", "5", "time", "1"]);
    assert!(page.texts("result", first).is_empty());
    assert_eq!(page.parent(outer), None);
    assert_eq!(page.parent(first), Some(outer));
    assert_eq!(page.parent(second), Some(outer));
    assert!(page.start(outer) <= page.start(first) && page.start(first) < page.start(second));
    let time = |column, scope| page.of_scope(column, scope);
    assert!(time("total", first) >= 2_000_000);
    assert_eq!(time("own", first), time("total", first));
    let inside = time("total", first) + time("total", second);
    assert_eq!(time("own", outer), time("total", outer) - inside);
    let row = page.row_of(outer);
    assert_eq!(row[0], "report:calls");
    assert!(row[2].as_str().unwrap().starts_with("report"));
    assert!(row[3].as_str().unwrap().contains("report.rs:"));
}

#[test]
fn recursion_counts_once_in_the_total() {
    #[trigger_event("report:recursion")]
    fn down(depth: u64) {
        std::thread::sleep(Duration::from_millis(1));
        if depth > 0 {
            down(depth - 1);
        }
    }
    let (path, report) = install("report:recursion", |report| report);
    down(4);
    drop(report);
    let page = read(&path);
    let row = page.row("down");
    let number = |column: usize| row[column].as_u64().unwrap();
    assert_eq!(number(CALLS), 5);
    assert_eq!(
        number(TOTAL),
        number(MAX),
        "the outermost call covers all others"
    );
    assert_eq!(number(OWN), number(TOTAL));
    assert!(number(MEAN) < number(TOTAL) && number(MEAN) > number(TOTAL) / 5);
    for column in MEAN + 1..MAX {
        assert!(number(column) <= number(MAX) && number(column) >= 1_000_000);
    }
    let stacks = &page.data["stacks"];
    assert_eq!(stacks["below"].to_string(), "[-1,0,1,2,3]");
    let own: u64 = stacks["own"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(serde_json::Value::as_u64)
        .sum();
    assert_eq!(own, number(OWN));
}

#[test]
fn failures_have_cause_message_type_and_location() {
    #[trigger_event("report:failures", err)]
    fn parse(text: &str) -> Result<u32, std::num::ParseIntError> {
        text.parse()
    }
    #[trigger_event("report:failures")]
    fn crash(at: u32) {
        panic!("no room at {at}");
    }
    #[trigger_event("report:failures")]
    async fn wait() {
        std::future::pending::<()>().await;
    }
    let (path, report) = install("report:failures", |report| report);
    parse("1").unwrap();
    parse("x").unwrap_err();
    catch_unwind(|| crash(7)).unwrap_err();
    cancel(wait());
    drop(report);
    let page = read(&path);
    let failures = page.failures();
    assert_eq!(failures.len(), 3);
    assert_eq!(page.number("failures"), 2);
    assert_eq!(page.number("cancelled"), 1);
    let [error, panic, cancelled] = [0, 1, 2].map(|index| &failures[index]);
    assert_eq!(error[1], "error");
    assert_eq!(error[2], "core::num::error::ParseIntError");
    assert_eq!(error[3], "invalid digit found in string");
    assert!(error[4].is_null());
    assert_eq!(panic[1], "panic");
    assert_eq!(panic[3], "no room at 7");
    assert!(panic[4].as_str().unwrap().contains("report.rs:"));
    assert_eq!(cancelled[1], "cancelled");
    let scope = usize::try_from(panic[0].as_u64().unwrap()).unwrap();
    assert_eq!(page.name(scope), "crash");
    assert_eq!(page.texts("arguments", scope), ["at", "7"]);
    assert_eq!(page.row("parse")[FAILED], 1);
    assert_eq!(page.row("parse")[CALLS], 2);
    assert_eq!(page.row("wait")[CANCELLED], 1);
    assert_eq!(page.row("wait")[FAILED], 0);
}

#[test]
fn markup_in_names_and_values_stays_text() {
    const HOSTILE: &str = "</script><script>alert(1)</script><!--<img src=x onerror=alert(2)>\u{2028}\0\u{1b}\"'&amp;";
    let (path, report) = install("report:<b>\"hostile\"</b>", |report| report);
    trigger_event("report:<b>\"hostile\"</b>", data! { name = HOSTILE }, || {});
    let outcome = catch_unwind(|| {
        trigger_event("report:<b>\"hostile\"</b>", (), || {
            std::panic::panic_any(HOSTILE)
        });
    });
    outcome.unwrap_err();
    drop(report);
    let page = read(&path); // checks that no text ends the script element
    assert_eq!(page.data["rows"][0][0], "report:<b>\"hostile\"</b>");
    assert_eq!(page.data["rows"][0][1], HOSTILE);
    assert_eq!(page.failures()[0][3], HOSTILE);
    assert_eq!(
        page.texts("arguments", 0),
        ["name", &format!("{HOSTILE:?}")]
    );
}

#[test]
fn beyond_the_limit_the_longest_calls_are_drawn_and_all_are_counted() {
    #[trigger_event("report:limit", err)]
    fn work(number: u32) -> Result<(), fmt::Error> {
        if number % 100 == 0 {
            // Longer than the delay that a busy machine may add to the other calls.
            std::thread::sleep(Duration::from_millis(60));
        }
        if number == 555 {
            Err(fmt::Error)
        } else {
            Ok(())
        }
    }
    let (path, report) = install("report:limit", |report| report.with_limit(10));
    for number in 0..1000 {
        let _ = work(number);
    }
    drop(report);
    let page = read(&path);
    let drawn: Vec<_> = (0..page.len())
        .map(|scope| page.texts("arguments", scope)[1].to_owned())
        .collect();
    let expected = [
        "0", "100", "200", "300", "400", "500", "555", "600", "700", "800", "900",
    ];
    assert_eq!(drawn, expected, "the longest calls and the failed call");
    assert_eq!(page.number("calls"), 1000);
    assert_eq!(page.number("undrawn"), 989);
    assert!(page.number("longestUndrawn") < 60_000_000);
    assert_eq!(page.row("work")[CALLS], 1000);
    assert_eq!(page.data["stacks"]["calls"].to_string(), "[1000]");
}

#[test]
fn beyond_the_limit_the_first_and_last_failures_are_kept() {
    #[trigger_event("report:many_failures", err)]
    fn fail(number: u32) -> Result<(), fmt::Error> {
        let _ = number;
        Err(fmt::Error)
    }
    let (path, report) = install("report:many_failures", |report| report.with_limit(0));
    for number in 0..3000 {
        let _ = fail(number);
    }
    drop(report);
    let page = read(&path);
    assert_eq!(page.number("failures"), 3000);
    assert_eq!(page.failures().len(), 1000);
    assert_eq!(page.texts("arguments", 0), ["number", "0"]);
    assert_eq!(page.texts("arguments", 499), ["number", "499"]);
    assert_eq!(page.texts("arguments", 500), ["number", "2500"]);
    assert_eq!(page.texts("arguments", 999), ["number", "2999"]);
}

#[test]
fn the_longest_undrawn_call_does_not_include_drawn_failures() {
    #[trigger_event("report:longest_undrawn", err)]
    fn fail(time: Duration) -> Result<(), fmt::Error> {
        std::thread::sleep(time);
        Err(fmt::Error)
    }
    let long = Duration::from_millis(30);
    // The last 500 failures are drawn, and `later` failures follow the long one. So if `later` is
    // 500, the long one is drawn only if the limit keeps it as one of the longest calls.
    for (limit, later, is_drawn) in [(0, 499, true), (0, 500, false), (1, 500, true)] {
        let change = |report: Report| report.with_limit(limit);
        let (path, report) = install("report:longest_undrawn", change);
        trigger_event("report:longest_undrawn", (), || {});
        trigger_event("report:longest_undrawn", (), || {});
        for number in 0..=500 + later {
            let _ = fail(if number == 500 { long } else { Duration::ZERO });
        }
        drop(report);
        let longest = Duration::from_nanos(read(&path).number("longestUndrawn"));
        assert!(longest > Duration::ZERO);
        assert_eq!(longest < long, is_drawn, "{limit} {later} {longest:?}");
    }
}

#[test]
fn a_run_without_events_has_a_page() {
    let (path, report) = install("report:empty", |report| report);
    drop(report);
    let page = read(&path);
    assert_eq!(page.len(), 0);
    assert_eq!(page.number("calls"), 0);
    assert!(page.number("duration") > 0);
    assert_eq!(page.data["rows"].to_string(), "[]");
    let program = page.data["program"].as_str().unwrap();
    assert!(program.starts_with("report-"), "{program}");
}

#[test]
fn threads_have_their_names() {
    #[trigger_event("report:threads")]
    fn work(here: u32) {
        let _ = here;
    }
    let (path, report) = install("report:threads", |report| report);
    work(0);
    let run = |name: Option<&str>, number| {
        let thread = std::thread::Builder::new();
        let thread = match name {
            Some(name) => thread.name(name.to_owned()),
            None => thread,
        };
        thread.spawn(move || work(number)).unwrap().join().unwrap();
    };
    run(Some("loader"), 1);
    run(None, 2);
    drop(report);
    let page = read(&path);
    assert_eq!(page.thread(0)[0], "threads_have_their_names");
    assert_eq!(page.thread(1)[0], "loader");
    assert!(page.thread(2)[0].is_null());
    let ids: Vec<_> = (0..3)
        .map(|scope| page.thread(scope)[1].as_u64().unwrap())
        .collect();
    assert!(ids[0] != ids[1] && ids[1] != ids[2] && !ids.contains(&0));
}

#[test]
fn a_handle_carries_the_caller_to_another_thread() {
    #[trigger_event("report:handle")]
    fn outer() {
        let here = current_event();
        std::thread::spawn(move || here.run(inner)).join().unwrap();
    }
    #[trigger_event("report:handle")]
    fn inner() {
        std::thread::sleep(Duration::from_millis(2));
    }
    let (path, report) = install("report:handle", |report| report);
    outer();
    drop(report);
    let page = read(&path);
    assert_eq!(page.parent(1), Some(0));
    assert_ne!(page.thread(0), page.thread(1));
    assert_eq!(page.data["stacks"]["below"].to_string(), "[-1,0]");
    assert!(page.of_scope("own", 0) <= page.of_scope("total", 0) - 2_000_000);
}

#[tokio::test]
async fn async_calls_are_marked_and_have_their_callers() {
    #[trigger_event("report:async")]
    async fn request(id: u32) {
        tokio::time::sleep(Duration::from_millis(2)).await;
        tokio::join!(query(id), query(id + 1));
    }
    #[trigger_event("report:async")]
    async fn query(id: u32) {
        std::thread::sleep(Duration::from_millis(2));
        tokio::time::sleep(Duration::from_millis(30 * u64::from(id))).await;
    }
    let (path, report) = install("report:async", |report| report);
    tokio::join!(request(5), request(6));
    drop(report);
    let page = read(&path);
    assert_eq!(page.scopes("request").len(), 2);
    let queries = page.scopes("query");
    assert_eq!(queries.len(), 4);
    for query in queries {
        let request = page.parent(query).unwrap();
        assert_eq!(page.name(request), "request");
    }
    assert_eq!(page.row("request")[4], 1);
    let times = |column: usize| page.row("query")[column].as_u64().unwrap();
    assert!(times(OWN) >= 4 * 2_000_000); // the work, without the waiting
    assert!(times(OWN) <= times(TOTAL) - 4 * 100_000_000);
}

#[test]
fn open_calls_are_drawn_up_to_the_time_of_the_flush() {
    let (path, report) = install("report:open", |report| report);
    let guard = enter_event("report:open", data! { what = "guard" });
    start_event("report:open", data! { what = "lock" });
    std::thread::sleep(Duration::from_millis(5));
    report.flush().unwrap();
    let page = read(&path);
    assert_eq!(page.len(), 2);
    assert_eq!(page.data["open"].to_string(), "[0,1]");
    assert_eq!(page.texts("arguments", 0), ["what", "\"guard\""]);
    assert_eq!(page.texts("arguments", 1), ["what", "\"lock\""]);
    assert!(page.of_scope("total", 1) >= 5_000_000);
    let row = page.row("report:open");
    assert_eq!(row[CALLS], 0);
    assert!(row[MEAN].is_null());
    assert!(row[TOTAL].as_u64().unwrap() >= 5_000_000);

    drop(guard);
    drop(report); // writes the file again
    let page = read(&path);
    assert_eq!(page.data["open"].to_string(), "[1]");
    assert_eq!(page.row("report:open")[CALLS], 1);
}

#[test]
fn without_arguments_the_file_has_no_values() {
    #[trigger_event("report:no_arguments", ret)]
    fn secret(password: &str) -> String {
        format!("{password}!")
    }
    let (path, report) = install("report:no_arguments", Report::without_arguments);
    secret("hunter2");
    drop(report);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(!text.contains("hunter2"));
    assert_eq!(read(&path).data["texts"].to_string(), "[]");
}

#[test]
fn values_and_fields_beyond_the_limit_are_truncated() {
    let (path, report) = install("report:long", |report| report);
    let long = "ä".repeat(10_000);
    let data = data! { short = 1, long = long.as_str(), last = 2 };
    trigger_event("report:long", data, || {});
    drop(report);
    let page = read(&path);
    let texts = page.texts("arguments", 0);
    assert_eq!(texts[..2], ["short", "1"]);
    assert_eq!(texts[2], "long");
    assert!(texts[3].starts_with("\"ää") && texts[3].ends_with("ä…"));
    assert!(texts[3].len() < 310);
    assert_eq!(texts[4..], ["…", ""]);
}

#[test]
fn a_panic_in_debug_is_a_note_in_the_argument() {
    struct PanicsHalfway;
    impl fmt::Debug for PanicsHalfway {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("half")?;
            panic!("in Debug");
        }
    }
    #[trigger_event("report:bad")]
    fn take(bad: &PanicsHalfway, good: u32) {
        let _ = (bad, good);
    }
    let (path, report) = install("report:bad", |report| report);
    take(&PanicsHalfway, 3);
    drop(report);
    let page = read(&path);
    let texts = page.texts("arguments", 0);
    assert_eq!(texts[0], "bad");
    assert_eq!(texts[1], "half<panicked while printing>");
    assert_eq!(texts[2..], ["good", "3"]);
}

#[test]
fn calls_of_all_threads_are_counted() {
    #[trigger_event("report:stress")]
    fn work(number: u64) {
        if number % 2 == 0 {
            inside();
        }
    }
    #[trigger_event("report:stress")]
    fn inside() {}
    let (path, report) = install("report:stress", |report| report.with_limit(100));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..5000).for_each(work));
        }
        for _ in 0..10 {
            report.flush().unwrap();
        }
    });
    drop(report);
    let page = read(&path);
    assert_eq!(page.row("work")[CALLS], 20_000);
    assert_eq!(page.row("inside")[CALLS], 10_000);
    assert_eq!(page.number("calls"), 30_000);
    assert_eq!(page.len(), 100);
    assert_eq!(page.data["stacks"]["calls"].to_string(), "[20000,10000]");
}
