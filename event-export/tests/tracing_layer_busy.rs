//! `EventLayer`: the busy time of spans is the time in which they are entered.

#![cfg(all(feature = "layer", feature = "summary"))]

use std::pin::pin;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};
use std::thread::sleep;
use std::time::Duration;

use event_core::{Event, EventId, EventStatus, Listener, local, trigger_event};
use event_export::{EventLayer, Summary, SummaryRow};
use tracing::{Instrument, info_span, instrument};
use tracing_subscriber::Registry;
use tracing_subscriber::layer::SubscriberExt;

const WORK: Duration = Duration::from_millis(4);
const WAIT: Duration = Duration::from_millis(40);

fn with_layer<R>(run: impl FnOnce() -> R) -> R {
    tracing::subscriber::with_default(Registry::default().with(EventLayer::new()), run)
}

/// Polls to the end, and waits between two polls.
fn run(future: impl Future<Output = ()>) {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    while future.as_mut().poll(&mut context).is_pending() {
        sleep(WAIT);
    }
}

/// Is pending once.
fn wait() -> impl Future<Output = ()> {
    let mut is_pending = true;
    std::future::poll_fn(move |_| {
        if std::mem::take(&mut is_pending) {
            Poll::Pending
        } else {
            Poll::Ready(())
        }
    })
}

#[instrument(target = "busy_async")]
async fn instrumented() {
    sleep(WORK);
    wait().await;
    sleep(WORK);
}

fn row(summary: &Summary, name: &str) -> SummaryRow {
    let rows = summary.table().rows().to_vec();
    let row = rows.iter().find(|row| row.function() == name);
    row.unwrap_or_else(|| panic!("no {name} in {rows:?}"))
        .clone()
}

#[test]
fn spans_of_async_functions_are_idle_while_they_wait() {
    let summary = local::install_listener("tracing:busy_async*", Summary::new());
    let _times = local::install_durations("tracing:busy_async", |event, duration| {
        let busy = event.busy().unwrap();
        assert!(
            busy >= 2 * WORK && busy + WAIT <= duration,
            "{busy:?} of {duration:?}"
        );
    });
    with_layer(|| {
        run(instrumented());
        run(async { wait().await }.instrument(info_span!(target: "busy_async_waits", "waits")));
    });
    for name in ["instrumented", "waits"] {
        let row = row(&summary, name);
        assert!(row.idle().unwrap() >= WAIT, "{row:?}");
        assert!(row.self_time() + WAIT <= row.total(), "{row:?}");
        assert_eq!(row.busy().unwrap() + row.idle().unwrap(), row.total());
    }
    assert_eq!(event_core::listener_panics(), 0);
}

#[test]
fn sync_spans_have_no_idle_time() {
    let summary = local::install_listener("tracing:busy_sync*", Summary::new());
    with_layer(|| {
        let _outer = info_span!(target: "busy_sync", "outer").entered();
        info_span!(target: "busy_sync", "inner").in_scope(|| sleep(WORK));
    });
    for name in ["outer", "inner"] {
        let row = row(&summary, name);
        assert_eq!((row.busy(), row.idle()), (None, None), "{row:?}");
        assert!(row.total() >= WORK);
    }
    assert!(row(&summary, "outer").self_time() < WORK);
    let table = summary.table().to_string();
    assert!(!table.contains("idle"), "{table}");
}

#[test]
fn span_that_is_entered_late_was_idle_until_then() {
    let summary = local::install_listener("tracing:busy_late*", Summary::new());
    with_layer(|| {
        let span = info_span!(target: "busy_late", "late");
        sleep(WAIT);
        span.in_scope(|| sleep(WORK));
        sleep(WAIT);
    });
    let row = row(&summary, "late");
    assert!(
        row.idle().unwrap() >= WAIT && row.busy().unwrap() >= WORK,
        "{row:?}"
    );
    assert!(row.self_time() >= WORK && row.self_time() < WAIT, "{row:?}");
}

#[test]
fn span_that_was_never_entered_was_not_busy() {
    let summary = local::install_listener("tracing:busy_never*", Summary::new());
    let _times = local::install_durations("tracing:busy_never", |event, _| {
        assert_eq!(event.busy(), Some(Duration::ZERO));
    });
    with_layer(|| {
        let span = info_span!(target: "busy_never", "never");
        info_span!(target: "busy_never_child", parent: &span, "child").in_scope(|| sleep(WAIT));
        sleep(WAIT);
        drop(span);
    });
    let row = row(&summary, "never");
    assert_eq!(row.busy(), Some(Duration::ZERO));
    assert_eq!(row.self_time(), Duration::ZERO);
    assert_eq!(event_core::listener_panics(), 0);
}

#[test]
fn entries_of_one_span_are_polls_of_its_threads() {
    #[derive(Default)]
    struct Log(Mutex<Vec<String>>);
    impl Log {
        fn push(&self, text: impl Into<String>) {
            self.0.lock().unwrap().push(text.into());
        }
    }
    impl Listener for Log {
        fn on_start(&self, event: &Event<'_>) {
            self.push(event.kind().to_string());
        }
        fn on_end(&self, _: &Event<'_>) {
            self.push("END");
        }
        fn on_poll(&self, _: EventId, status: EventStatus) {
            // The span's extensions are not borrowed.
            trigger_event("busy_polls:inside", (), || {});
            tracing::Span::current().record("field", 1);
            self.push(format!("{status:?}"));
        }
        fn wants_polls(&self) -> bool {
            true
        }
    }
    let log = local::install_listener("tracing:busy_polls", Log::default());
    with_layer(|| {
        let span = info_span!(target: "busy_polls", "span", field = 0);
        let outer = span.clone().entered();
        span.in_scope(|| {});
        drop(outer);
        span.in_scope(|| {});
    });
    let expected = ["tracing:busy_polls", "Start", "End", "Start", "End", "END"];
    assert_eq!(*log.0.lock().unwrap(), expected);
    assert_eq!(event_core::current_event().id(), None);
}
