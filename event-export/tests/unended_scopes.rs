//! Scopes that are open, or never end. The table, the report and the flame graph count their time
//! in one way: up to now.

#![cfg(all(feature = "flame", feature = "report", feature = "summary"))]

mod support;

use std::mem;
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

use event_core::{data, enter, enter_event, local, open_event, start_event, trigger_event};
use event_export::{Exporter, FlameGraph, Report, Summary};
use support::report_page;

const STEP: Duration = Duration::from_millis(3);

fn work() {
    let start = Instant::now();
    while start.elapsed() < STEP {}
}

/// The numbers of all rows together. Times are in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Numbers {
    calls: u64,
    total: u64,
    own: u64,
    /// The longest call that has ended.
    max: u64,
}

impl Numbers {
    fn add(&mut self, calls: u64, total: u64, own: u64, max: u64) {
        self.calls += calls;
        self.total += total;
        self.own += own;
        self.max = self.max.max(max);
    }
}

/// Runs `body`. Returns the numbers of the table, after checking those of the other outputs.
fn run(kind: &'static str, body: impl FnOnce()) -> Numbers {
    let began = Instant::now();
    let path = report_page::path(kind);
    let summary = local::install_listener(kind, Summary::new());
    let flame = local::install_listener(kind, FlameGraph::new());
    let report = local::install_listener(kind, Report::to_file(&path).unwrap());
    body();
    let table = summary.table();
    let folded = flame.folded();
    report.flush().unwrap();
    let run_time = nanos(began.elapsed());
    drop(report);
    let page = report_page::read(&path);

    let mut in_table = Numbers::default();
    for row in table.rows() {
        let times = [row.total(), row.self_time(), row.max()].map(nanos);
        in_table.add(row.calls(), times[0], times[1], times[2]);
    }
    let mut in_report = Numbers::default();
    for row in page.data["rows"].as_array().unwrap() {
        let number = |column: usize| row[column].as_u64().unwrap_or(0);
        in_report.add(number(5), number(8), number(9), number(14));
    }
    let lines = folded.lines().filter_map(|line| line.rsplit_once(' '));
    let in_flame: u64 = lines.map(|(_, nanos)| nanos.parse::<u64>().unwrap()).sum();

    assert_eq!(
        (in_table.calls, in_table.max),
        (in_report.calls, in_report.max)
    );
    // The table was made first, then the flame graph, then the report.
    assert!(in_table.own <= in_flame && in_flame <= in_report.own);
    assert!(in_table.total <= in_report.total);
    let later = in_report.total - in_table.total;
    assert!(later <= 2 * run_time && in_report.own - in_table.own <= later);
    assert!(in_report.own <= run_time, "{in_report:?} in {run_time}");
    in_table
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap()
}

#[test]
fn leaked_guard_counts_up_to_now() {
    let numbers = run("unended:guard", || {
        mem::forget(enter!("unended:guard"));
        work();
    });
    assert_eq!((numbers.calls, numbers.max), (0, 0));
    assert!(numbers.total >= nanos(STEP));
    assert_eq!(numbers.own, numbers.total);
}

#[test]
fn leaked_future_is_idle_and_has_no_self_time_while_it_waits() {
    #[trigger_event("unended:future")]
    async fn wait() {
        std::future::pending::<()>().await;
    }
    let numbers = run("unended:future", || {
        let mut future = Box::pin(wait());
        let mut context = Context::from_waker(Waker::noop());
        assert!(future.as_mut().poll(&mut context).is_pending());
        work();
        mem::forget(future);
    });
    assert_eq!(numbers.calls, 0);
    assert!(numbers.total >= nanos(STEP) + numbers.own);
}

#[test]
fn open_event_that_nobody_ends_counts_beside_those_that_ended() {
    let numbers = run("unended:open", || {
        let open = || open_event("unended:open", data! { name = "job" });
        open().end();
        mem::forget(open());
        work();
    });
    assert_eq!(numbers.calls, 1);
    assert!(numbers.total >= nanos(STEP) + numbers.max);
}

#[test]
fn unended_recursion_counts_once() {
    let numbers = run("unended:recursion", || {
        let outer = enter_event("unended:recursion", ());
        let inner = enter_event("unended:recursion", ());
        work();
        mem::forget((inner, outer));
    });
    assert_eq!(numbers.calls, 0);
    assert!(numbers.total >= nanos(STEP));
    assert_eq!(numbers.own, numbers.total);
}

#[test]
fn open_caller_has_no_self_time_while_a_call_inside_it_runs() {
    let numbers = run("unended:caller", || {
        mem::forget(enter!("unended:caller", name = "outer"));
        work();
        trigger_event("unended:caller", data! { name = "inner" }, work);
    });
    assert_eq!(numbers.calls, 1);
    assert!(numbers.own >= 2 * nanos(STEP));
    assert!(numbers.total >= 3 * nanos(STEP));
}

#[test]
fn mean_and_share_of_an_open_row_are_those_of_its_ended_calls_and_of_its_self_time() {
    let summary = local::install_listener("unended:mean", Summary::new());
    trigger_event("unended:mean", (), || {});
    start_event("unended:mean", ());
    work();
    let table = summary.table();
    let [row] = table.rows() else {
        panic!("{table}");
    };
    assert_eq!((row.calls(), row.open()), (1, 1));
    assert_eq!(row.mean(), row.max());
    assert!((row.share() - 1.0).abs() < f64::EPSILON);
    work();
    assert!(summary.table().rows()[0].total() >= row.total() + STEP);
}
