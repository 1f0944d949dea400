//! The columns of a summary, compared with values computed from recorded events.

#![cfg(feature = "summary")]

mod support;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use event_core::{
    Cause, Event, EventId, ExcDetails, RecordingListener, current_event, data, local, open_event,
    trigger_event,
};
use event_export::{Summary, SummaryRow, SummarySort, SummaryTable};
use support::{cancel, events, wait_for_a_poll};

/// Runs `program`, and returns its summary and its events.
fn run(kinds: &'static str, program: impl FnOnce()) -> (SummaryTable, Vec<Event<'static>>) {
    let summary = local::install_listener(kinds, Summary::new());
    let recorder = local::install_listener(kinds, RecordingListener::new());
    program();
    (summary.table(), events(&recorder))
}

fn row<'t>(table: &'t SummaryTable, function: &str) -> &'t SummaryRow {
    let found = table.rows().iter().find(|row| row.function() == function);
    found.unwrap_or_else(|| panic!("no row `{function}` in\n{table}"))
}

/// A call, reconstructed from its events.
struct Call {
    function: String,
    parent: Option<EventId>,
    start: Instant,
    end: Instant,
}

fn calls(events: &[Event<'_>]) -> HashMap<EventId, Call> {
    let mut calls = HashMap::new();
    for event in events {
        let function = event
            .site()
            .map_or(event.kind().as_str(), |site| site.function());
        if event.is_start() {
            let call = Call {
                function: function.to_owned(),
                parent: event.parent(),
                start: event.instant(),
                end: event.instant(),
            };
            calls.insert(event.id(), call);
        } else {
            calls.get_mut(&event.id()).unwrap().end = event.instant();
        }
    }
    calls
}

/// Checks each row against the definition of its columns.
fn assert_agrees(table: &SummaryTable, events: &[Event<'_>]) {
    let calls = calls(events);
    for row in table.rows() {
        let of_row = |call: &&Call| call.function == row.function();
        let mut durations: Vec<Duration> = calls
            .values()
            .filter(of_row)
            .map(|call| call.end - call.start)
            .collect();
        durations.sort();
        assert_eq!(row.calls(), durations.len() as u64);
        assert_eq!(row.max(), *durations.last().unwrap());
        let sum: Duration = durations.iter().sum();
        assert_eq!(
            row.mean().as_nanos(),
            sum.as_nanos() / durations.len() as u128
        );
        for (percent, actual) in [(50, row.p50()), (95, row.p95()), (99, row.p99())] {
            let rank = (durations.len() * percent).div_ceil(100).max(1);
            let exact = durations[rank - 1];
            assert!(
                actual >= exact && actual <= exact + exact / 100,
                "p{percent}: {actual:?} for {exact:?}"
            );
        }
        let total: Duration = calls
            .values()
            .filter(of_row)
            .filter(|call| !ancestors(&calls, call).any(|outer| outer.function == call.function))
            .map(|call| call.end - call.start)
            .sum();
        assert_eq!(row.total(), total, "{}", row.function());
        let own = calls.iter().filter(|(_, call)| of_row(call));
        let own: Duration = own.map(|(id, _)| self_time(&calls, *id)).sum();
        assert_eq!(row.self_time(), own, "{}", row.function());
    }
    let shares: f64 = table.rows().iter().map(SummaryRow::share).sum();
    assert!((shares - 1.0).abs() < 1e-9, "{shares}");
}

fn ancestors<'c>(
    calls: &'c HashMap<EventId, Call>,
    call: &'c Call,
) -> impl Iterator<Item = &'c Call> {
    let first = call.parent.and_then(|parent| calls.get(&parent));
    std::iter::successors(first, |call| {
        call.parent.and_then(|parent| calls.get(&parent))
    })
}

/// Returns the time of a call that none of its children covers.
fn self_time(calls: &HashMap<EventId, Call>, id: EventId) -> Duration {
    let call = &calls[&id];
    let inside = calls.values().filter(|inner| inner.parent == Some(id));
    let mut inside: Vec<(Instant, Instant)> = inside
        .map(|inner| (inner.start, inner.end.min(call.end)))
        .collect();
    inside.sort();
    let mut covered = Duration::ZERO;
    let mut until = call.start;
    for (start, end) in inside {
        covered += end.saturating_duration_since(start.max(until));
        until = until.max(end);
    }
    (call.end - call.start).saturating_sub(covered)
}

#[trigger_event("summary:recursion")]
fn even(n: u32) -> bool {
    std::hint::black_box(n == 0 || odd(n - 1))
}

#[trigger_event("summary:recursion")]
fn odd(n: u32) -> bool {
    n != 0 && even(n - 1)
}

#[test]
fn mutual_recursion_counts_once_in_the_total() {
    let (table, events) = run("summary:recursion", || {
        for n in [10, 3, 0] {
            even(n);
            odd(n);
        }
    });
    assert_eq!(row(&table, "even").calls(), 6 + 2 + 1 + 5 + 2);
    assert_agrees(&table, &events);
    // An outermost call of `even` covers its calls of `odd`, and the other way round.
    let outermost = row(&table, "even").total() + row(&table, "odd").total();
    assert!(outermost < row(&table, "even").mean() * 16 + row(&table, "odd").mean() * 15);
}

#[test]
fn all_columns_are_right_for_a_random_tree_of_calls() {
    #[trigger_event("summary:tree")]
    fn a(seed: u64, depth: u32) {
        grow(seed, depth);
    }
    #[trigger_event("summary:tree")]
    fn b(seed: u64, depth: u32) {
        grow(seed, depth);
    }
    #[trigger_event("summary:tree")]
    fn c(seed: u64, depth: u32) {
        grow(seed, depth);
    }
    fn grow(mut seed: u64, depth: u32) {
        for _ in 0..3 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let call = [a, b, c][usize::try_from(seed >> 33).unwrap() % 3];
            if depth > 0 && seed >> 60 > 3 {
                call(seed, depth - 1);
            }
        }
    }
    let (table, events) = run("summary:tree", || grow(1, 8));
    assert!(events.len() > 500, "{}", events.len());
    assert_agrees(&table, &events);
}

#[test]
fn a_recursion_of_ten_thousand_levels_is_one_row() {
    #[trigger_event("summary:deep")]
    fn deep(n: u32) -> u32 {
        if n == 0 { 0 } else { deep(n - 1) + 1 }
    }
    let thread = std::thread::Builder::new().stack_size(256 << 20);
    let run = || {
        let (table, events) = run("summary:deep", || assert_eq!(deep(10_000), 10_000));
        assert_eq!(events.len(), 20_002);
        let deep = &table.rows()[0];
        assert_eq!(deep.calls(), 10_001);
        assert_eq!(deep.total(), deep.max());
    };
    thread.spawn(run).unwrap().join().unwrap();
}

#[test]
fn concurrent_futures_cover_their_parent_together() {
    #[trigger_event("summary:join")]
    async fn branch(millis: u64) {
        tokio::time::sleep(Duration::from_millis(millis)).await;
    }
    #[trigger_event("summary:join")]
    async fn both() {
        tokio::join!(branch(20), branch(30));
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let (table, _) = run("summary:join", || runtime.block_on(both()));
    let both = row(&table, "both");
    let branch = row(&table, "branch");
    assert_eq!(branch.calls(), 2);
    assert!(branch.total() > both.total()); // as both branches run at the same time
    assert!(both.self_time() < both.total() / 2);
}

/// Polls a future until it is ready, with a [`PAUSE`] between two polls.
fn run_with_pauses<R>(future: impl Future<Output = R>) -> R {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    loop {
        match future.as_mut().poll(&mut context) {
            std::task::Poll::Ready(value) => return value,
            std::task::Poll::Pending => std::thread::sleep(PAUSE),
        }
    }
}

const PAUSE: Duration = Duration::from_millis(30);

fn work(millis: u64) {
    std::thread::sleep(Duration::from_millis(millis));
}

#[test]
fn waiting_of_a_future_is_idle_and_not_self_time() {
    #[trigger_event("summary:busy")]
    async fn outer() {
        work(4);
        inner().await;
        wait_for_a_poll().await;
        sync_part();
    }
    #[trigger_event("summary:busy")]
    async fn inner() {
        work(2);
        wait_for_a_poll().await;
        work(2);
    }
    #[trigger_event("summary:busy")]
    fn sync_part() {
        work(2);
    }
    let (table, _) = run("summary:busy", || run_with_pauses(outer()));
    let millis = Duration::from_millis;
    let (outer, inner) = (row(&table, "outer"), row(&table, "inner"));
    assert!(outer.busy().unwrap() >= millis(10), "{table}");
    assert!(outer.idle().unwrap() >= 2 * PAUSE, "{table}");
    assert_eq!(outer.busy().unwrap() + outer.idle().unwrap(), outer.total());
    assert!(outer.self_time() >= millis(4), "{table}");
    assert!(
        outer.self_time() + millis(6) <= outer.busy().unwrap(),
        "{table}"
    );
    assert!(inner.self_time() >= millis(4), "{table}");
    assert_eq!(Some(inner.self_time()), inner.busy()); // it calls nothing
    assert!(inner.idle().unwrap() >= PAUSE, "{table}");
    let sync_part = row(&table, "sync_part");
    assert_eq!((sync_part.busy(), sync_part.idle()), (None, None));
    let text = table.to_string();
    for heading in ["total", "busy", "idle", "self"] {
        assert!(text.contains(heading), "{text}");
    }
    let cells = text.lines().find(|line| line.contains("sync_part"));
    assert_eq!(cells.unwrap().matches(" -").count(), 2, "{text}");
    let json: serde_json::Value = serde_json::from_str(&table.to_json()).unwrap();
    for json in json["rows"].as_array().unwrap() {
        let row = row(&table, json["function"].as_str().unwrap());
        for (key, time) in [("busy_ns", row.busy()), ("idle_ns", row.idle())] {
            let nanos = time.map(|time| u64::try_from(time.as_nanos()).unwrap());
            assert_eq!(json[key], serde_json::Value::from(nanos));
        }
    }
}

#[test]
fn a_blocked_thread_works_and_a_thread_that_blocks_on_a_future_does_not_have_its_time() {
    #[trigger_event("summary:blocks")]
    fn main_function() {
        work(3);
        run_with_pauses(request());
    }
    #[trigger_event("summary:blocks")]
    async fn request() {
        wait_for_a_poll().await;
    }
    let (table, _) = run("summary:blocks", main_function);
    let main_function = row(&table, "main_function");
    assert!(
        main_function.self_time() >= Duration::from_millis(3),
        "{table}"
    );
    assert!(
        main_function.self_time() + PAUSE <= main_function.total(),
        "{table}"
    );
    assert!(row(&table, "request").idle().unwrap() >= PAUSE, "{table}");
}

#[test]
fn a_parent_works_while_its_other_branches_wait() {
    #[trigger_event("summary:branches")]
    async fn parent() {
        let own = async {
            work(5);
            wait_for_a_poll().await;
            work(5);
        };
        tokio::join!(waits(), own);
    }
    #[trigger_event("summary:branches")]
    async fn waits() {
        wait_for_a_poll().await;
        wait_for_a_poll().await;
    }
    let (table, _) = run("summary:branches", || run_with_pauses(parent()));
    assert!(
        row(&table, "parent").self_time() >= Duration::from_millis(10),
        "{table}"
    );
}

#[test]
fn the_busy_time_of_a_cancelled_future_includes_its_drop() {
    struct SlowDrop;
    impl Drop for SlowDrop {
        fn drop(&mut self) {
            work(4);
        }
    }
    #[trigger_event("summary:cancelled")]
    async fn cancelled() {
        let _slow = SlowDrop;
        std::future::pending::<()>().await;
    }
    let (table, _) = run("summary:cancelled", || {
        let mut future = Box::pin(cancelled());
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(future.as_mut().poll(&mut context).is_pending());
        std::thread::sleep(PAUSE);
    });
    let row = row(&table, "cancelled");
    assert!(row.busy().unwrap() >= Duration::from_millis(4), "{table}");
    assert!(row.idle().unwrap() >= PAUSE, "{table}");
    assert_eq!(Some(row.self_time()), row.busy());
    assert_eq!((row.failed(), row.panicked(), row.cancelled()), (0, 0, 1));
}

#[test]
fn calls_on_other_threads_under_a_handle_are_nested() {
    let kinds = "summary:handle*";
    let summary = event_core::install_listener(kinds, Summary::new());
    let recorder = event_core::install_listener(kinds, RecordingListener::new());
    trigger_event("summary:handle_outer", (), || {
        let here = current_event();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(move || {
                    here.run(|| {
                        trigger_event("summary:handle_inner", (), || {
                            trigger_event("summary:handle_outer", (), || {
                                std::thread::sleep(Duration::from_millis(2));
                            });
                        });
                    });
                });
            }
        });
    });
    assert_agrees(&summary.table(), &events(&recorder));
    let table = summary.table();
    let outer = row(&table, "summary:handle_outer");
    assert_eq!(outer.calls(), 5);
    assert_eq!(outer.total(), outer.max());
}

#[test]
fn failures_and_cancellations_are_counted_separately() {
    #[trigger_event("summary:failures", err)]
    fn parse(text: &str) -> Result<u32, std::num::ParseIntError> {
        text.parse()
    }
    #[trigger_event("summary:failures")]
    async fn wait() {
        std::future::pending::<()>().await;
    }
    let (table, _) = run("summary:failures", || {
        for text in ["1", "x", "2", "y"] {
            let _ = parse(text);
        }
        let _ = std::panic::catch_unwind(|| {
            trigger_event("summary:failures", (), || {
                std::panic::resume_unwind(Box::new(1))
            });
        });
        cancel(wait());
    });
    let ended = |function| {
        let row = row(&table, function);
        (row.calls(), row.failed(), row.cancelled())
    };
    assert_eq!(ended("parse"), (4, 2, 0));
    assert_eq!(ended("summary:failures"), (1, 1, 0));
    assert_eq!(ended("wait"), (1, 0, 1));
}

#[test]
fn a_failure_in_exc_details_is_counted() {
    let (table, _) = run("summary:reported", || {
        event_core::start_event("summary:reported", ());
        let exc = ExcDetails::from_message(Cause::Error, "E", "no");
        event_core::end_event("summary:reported", (), Some(exc));
    });
    assert_eq!((table.rows()[0].calls(), table.rows()[0].failed()), (1, 1));
}

#[test]
fn an_end_without_a_start_is_not_counted() {
    let (table, _) = run("summary:unpaired", || {
        event_core::end_event("summary:unpaired", (), None);
    });
    assert!(table.rows().is_empty(), "{table}");
}

#[test]
fn open_calls_are_counted_in_their_own_column() {
    let (table, _) = run("summary:open", || {
        event_core::start_event("summary:open", ());
        event_core::start_event("summary:open", ());
        event_core::end_event("summary:open", (), None);
    });
    let row = &table.rows()[0];
    assert_eq!((row.calls(), row.open()), (1, 1));
    assert!(table.to_string().lines().next().unwrap().contains("open"));
    event_core::end_event("summary:open", (), None);
}

#[test]
fn passes_have_a_row_for_each_name_unless_names_are_off() {
    let passes = || {
        for name in ["inline", "fold", "inline"] {
            trigger_event(event_core::builtin::RUN_PASS, data! { name }, || {});
        }
    };
    let (table, _) = run("numba:run_pass", passes);
    let table = table.sorted_by(SummarySort::Name);
    let calls: Vec<_> = table
        .rows()
        .iter()
        .map(|row| (row.function(), row.calls()))
        .collect();
    assert_eq!(calls, [("fold", 1), ("inline", 2)]);

    let summary = local::install_listener("numba:run_pass", Summary::new().without_names());
    let _with_data = local::install_listener("numba:run_pass", RecordingListener::new());
    passes();
    assert_eq!(summary.table().rows().len(), 1);
    assert_eq!(summary.table().rows()[0].calls(), 3);
}

#[test]
fn an_argument_called_name_does_not_split_the_row() {
    #[trigger_event("summary:argument")]
    fn greet(name: &str) -> usize {
        name.len()
    }
    let (table, _) = run("summary:argument", || {
        greet("a");
        greet("b");
    });
    assert_eq!(table.rows().len(), 1);
    assert_eq!(table.rows()[0].function(), "greet");
}

#[test]
fn functions_with_the_same_name_have_separate_rows() {
    mod one {
        #[event_core::trigger_event("summary:twins")]
        pub(super) fn twin() {}
    }
    mod two {
        #[event_core::trigger_event("summary:twins")]
        pub(super) fn twin() {}
        pub(super) mod again {
            pub(in super::super) struct A;
            pub(in super::super) struct B;
            impl A {
                #[event_core::trigger_event("summary:twins")]
                pub(in super::super) fn twin() {}
            }
            impl B {
                #[event_core::trigger_event("summary:twins")]
                pub(in super::super) fn twin() {}
            }
        }
    }
    let (table, _) = run("summary:twins", || {
        one::twin();
        two::twin();
        two::again::A::twin();
        two::again::B::twin();
    });
    assert_eq!(table.rows().len(), 4);
    let text = format!("{table:300}");
    for name in ["::one::twin", "::two::twin", " A::twin ", " B::twin "] {
        assert!(text.contains(name), "no `{name}` in\n{text}");
    }
}

#[test]
fn rows_beyond_the_limit_are_added_up_in_one_row() {
    let (table, _) = run("summary:limit", || {
        for number in 0..5_000 {
            let name = number.to_string();
            trigger_event("summary:limit", data! { name }, || {});
        }
    });
    assert_eq!(table.rows().len(), 4_097);
    let others = table
        .rows()
        .iter()
        .find(|row| row.kind() == "(others)")
        .unwrap();
    assert_eq!(others.calls(), 5_000 - 4_096);
    let calls: u64 = table.rows().iter().map(SummaryRow::calls).sum();
    assert_eq!(calls, 5_000);
}

#[test]
fn rows_are_sorted_by_the_given_column() {
    let (table, _) = run("summary:sort*", || {
        for _ in 0..3 {
            trigger_event("summary:sort_b", (), || {});
        }
        trigger_event("summary:sort_a", (), || {
            std::thread::sleep(Duration::from_millis(5));
        });
    });
    let first = |sort| table.clone().sorted_by(sort).rows()[0].kind().to_owned();
    assert_eq!(table.rows()[0].kind(), "summary:sort_a"); // by self time
    assert_eq!(first(SummarySort::Total), "summary:sort_a");
    assert_eq!(first(SummarySort::Calls), "summary:sort_b");
    assert_eq!(first(SummarySort::Name), "summary:sort_a");
}

#[test]
fn open_events_have_a_row_for_each_name() {
    let (table, _) = run("summary:open", || {
        for name in ["first", "second", "first"] {
            open_event("summary:open", data! { name }).end();
        }
    });
    assert_eq!(row(&table, "first").calls(), 2);
    assert_eq!(row(&table, "second").calls(), 1);
}
