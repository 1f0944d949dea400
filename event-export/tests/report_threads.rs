//! Threads in the timeline of a report: shared rows, folding, sorting and filtering.

#![cfg(feature = "report")]

mod support;

use std::path::PathBuf;
use std::pin::{Pin, pin};
use std::sync::Barrier;
use std::task::{Context, Poll, Waker};
use std::thread::Builder;
use std::time::{Duration, Instant};

use event_core::{data, trigger_event};
use serde_json::json;
use support::browser::run;
use support::report_page::{self, Page, install};

const SIZE: (u32, u32) = (1000, 700);

fn work(kind: &'static str, name: &'static str, inside: impl FnOnce()) {
    trigger_event(kind, data! { name }, || {
        trigger_event(kind, data! { name = "step" }, inside);
    });
}

/// Runs 30 threads one after the other, then three at the same time, during a call of this thread.
fn example(kind: &'static str) -> PathBuf {
    let (path, report) = install(kind, |report| report);
    let barrier = Barrier::new(3);
    work(kind, "main", || {
        for number in 0..30 {
            let job = move || work(kind, "job", || {});
            let thread = Builder::new().name(format!("job-{number}"));
            thread.spawn(job).unwrap().join().unwrap();
        }
        std::thread::scope(|scope| {
            for number in 0..3 {
                let barrier = &barrier;
                let task = move || {
                    work(kind, "task", || {
                        barrier.wait();
                        std::thread::sleep(Duration::from_millis(20 * (number + 1)));
                        barrier.wait();
                    });
                };
                let thread = Builder::new().name(format!("task-{number}"));
                thread.spawn_scoped(scope, task).unwrap();
            }
        });
    });
    drop(report);
    path
}

#[test]
fn threads_that_do_not_overlap_share_a_row() {
    let path = example("report_threads:share");
    let script = "
        const { start, end, thread } = report.calls;
        const overlaps = timeline.all.flatMap((track) => track.lanes).filter((lane) =>
          lane.some((call, index) => index > 0 && start[call] < end[lane[index - 1]]));
        const mixed = timeline.all.filter((track) => {
          const spans = new Map();
          for (const call of track.lanes[0]) {
            const span = spans.get(thread[call]) ?? [start[call], 0];
            spans.set(thread[call], [span[0], Math.max(span[1], end[call])]);
          }
          const all = [...spans.values()].sort((one, other) => one[0] - other[0]);
          return all.some((span, index) => index > 0 && span[0] < all[index - 1][1]);
        });
        return { rows: timeline.all.length, threads: report.threads.length, overlaps: overlaps.length, mixed: mixed.length,
          names: timeline.all.map((track) => track.names.length).sort(), calls: timeline.all.map((track) => track.calls) };";
    if let Some(result) = run(&path, "", SIZE, script) {
        assert_eq!(result["threads"], 34);
        assert_eq!(result["rows"], 4, "{result}");
        assert_eq!([&result["overlaps"], &result["mixed"]], [0, 0]);
        let calls: Vec<u64> = serde_json::from_value(result["calls"].clone()).unwrap();
        assert_eq!(calls.iter().sum::<u64>(), 68);
        assert_eq!(result["names"], json!([1, 1, 1, 31]));
    }
    std::fs::remove_file(path).unwrap();
}

#[tokio::test]
async fn the_overview_counts_all_tasks_that_are_open() {
    #[trigger_event("report_threads:overview")]
    async fn request() {
        step().await;
    }
    #[trigger_event("report_threads:overview")]
    async fn step() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let (path, report) = install("report_threads:overview", |report| report);
    tokio::join!(request(), request(), request());
    drop(report);
    let script = "return Math.max(...timeline.overview.busy);";
    if let Some(highest) = run(&path, "", SIZE, script) {
        let highest = highest.as_f64().unwrap();
        assert!((highest - 3.0).abs() < 0.1, "{highest}");
    }
    std::fs::remove_file(path).unwrap();
}

#[test]
fn a_row_is_busy_while_a_call_is_open() {
    let path = example("report_threads:busy");
    // 10 to 20, 15 to 30 and 40 to 45 in two lanes, in the order of their STARTs.
    let script = "
        const calls = { start: [10, 15, 40], end: [20, 30, 45] };
        return openTime({ lanes: [[0, 2], [1]] }, calls);";
    if let Some(busy) = run(&path, "", SIZE, script) {
        assert_eq!(busy, 25);
    }
    std::fs::remove_file(path).unwrap();
}

/// Works for at least 20 ms.
fn spin() {
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(20) {}
}

/// Spins in its second poll.
struct SpinLater(bool);

impl Future for SpinLater {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if !self.0 {
            self.0 = true;
            return Poll::Pending;
        }
        spin();
        Poll::Ready(())
    }
}

/// Returns the name and the busy time of each thread.
fn busy_threads(page: &Page) -> Vec<(String, u64)> {
    let threads = page.data["threads"].as_array().unwrap().iter();
    let busy = threads.map(|thread| {
        let name = thread[0].as_str().unwrap_or("unnamed").to_owned();
        (name, thread[2].as_u64().unwrap())
    });
    busy.collect()
}

/// Polls an outer and an inner future once on this thread, then on a thread `poller`.
fn poll_on_two_threads() {
    #[trigger_event("report_threads:polls")]
    async fn outer() {
        inner().await;
    }
    #[trigger_event("report_threads:polls")]
    async fn inner() {
        SpinLater(false).await;
    }
    let mut future = Box::pin(outer());
    let mut context = Context::from_waker(Waker::noop());
    assert!(future.as_mut().poll(&mut context).is_pending());
    let poll = move || {
        let mut context = Context::from_waker(Waker::noop());
        assert!(future.as_mut().poll(&mut context).is_ready());
    };
    let poller = Builder::new().name("poller".to_owned());
    poller.spawn(poll).unwrap().join().unwrap();
}

#[test]
fn a_thread_is_busy_while_it_polls_futures_that_another_thread_started() {
    let (path, report) = install("report_threads:polls", |report| report);
    poll_on_two_threads();
    drop(report);
    let rows = run(
        &path,
        "",
        SIZE,
        "return timeline.all.map(({ names, busy }) => [names[0], busy]);",
    );
    let page = report_page::read(&path);
    let busy = busy_threads(&page);
    let of_poller = busy.iter().find(|(name, _)| name == "poller").unwrap().1;
    let spun = 20_000_000;
    assert!(of_poller >= spun, "{busy:?}");
    assert!(
        of_poller <= page.number("duration"),
        "nested polls count once: {busy:?}"
    );
    let started = page.thread(0)[2].as_u64().unwrap();
    assert!(started < of_poller, "{busy:?}");
    if let Some(rows) = rows {
        assert!(
            rows.as_array()
                .unwrap()
                .contains(&json!(["poller", of_poller])),
            "{rows}"
        );
    }
}

#[test]
fn calls_inside_polls_and_polls_inside_calls_count_once() {
    #[trigger_event("report_threads:nested")]
    async fn task() {
        std::future::ready(()).await;
        work("report_threads:nested", "inside", spin);
    }
    let (path, report) = install("report_threads:nested", |report| report);
    trigger_event("report_threads:nested", data! { name = "block_on" }, || {
        let mut context = Context::from_waker(Waker::noop());
        assert!(pin!(task()).poll(&mut context).is_ready());
    });
    drop(report);
    let page = report_page::read(&path);
    let [(_, busy)] = &*busy_threads(&page) else {
        panic!("one thread: {:?}", page.data["threads"]);
    };
    let outermost = page.scopes("block_on")[0];
    assert_eq!(i64::try_from(*busy), Ok(page.of_scope("total", outermost)));
}

#[test]
fn rows_are_folded_sorted_and_filtered() {
    let path = example("report_threads:arrange");
    let script = "
        const arrange = (order, filter) => {
          $('sort').value = order;
          $('filter').value = filter;
          $('filter').dispatchEvent(new Event('input'));
        };
        const high = timeline.surface.content;
        $('fold').click();
        const folded = [timeline.tracks.every((track) => track.isFolded), timeline.surface.content < high];
        const canvas = timeline.surface.canvas;
        const isSharp = Math.abs(canvas.height - canvas.clientHeight * devicePixelRatio) <= 1;
        timeline.reveal(5);
        const unfolded = timeline.tracks.filter((track) => !track.isFolded).length;
        $('fold').click();
        $('fold').click();
        const open = timeline.surface.content === high;
        arrange('busy', '');
        const busy = timeline.tracks.map((track) => track.busy);
        arrange('name', '');
        const names = timeline.tracks.map((track) => track.name.replace(/ and .*/, ''));
        arrange('name', 'JOB-17');
        const found = timeline.tracks.map((track) => track.name);
        const hidden = report.calls.thread.findIndex((thread) => report.threads[thread].name !== timeline.tracks[0].name
          && !timeline.tracks[0].names.includes(report.threads[thread].name));
        timeline.reveal(hidden);
        const revealed = [timeline.tracks.length, $('filter').value];
        arrange('start', 'no such thread');
        timeline.draw();
        return { folded, isSharp, unfolded, open, busy, names, found, revealed, none: timeline.tracks.length };";
    if let Some(result) = run(&path, "", SIZE, script) {
        assert_eq!(result["folded"], json!([true, true]));
        assert_eq!(
            result["isSharp"], true,
            "the canvas has the size that it is drawn in"
        );
        assert_eq!([&result["unfolded"], &result["none"]], [1, 0]);
        assert_eq!(result["open"], true);
        let busy: Vec<f64> = serde_json::from_value(result["busy"].clone()).unwrap();
        assert!(busy.is_sorted_by(|one, other| one > other), "{busy:?}");
        let names: Vec<String> = serde_json::from_value(result["names"].clone()).unwrap();
        assert!(names.is_sorted() && names[0] == "job-0", "{names:?}");
        assert_eq!(result["found"], json!(["job-0 and 30 more"]));
        assert_eq!(result["revealed"], json!([4, ""]));
    }
    std::fs::remove_file(path).unwrap();
}
