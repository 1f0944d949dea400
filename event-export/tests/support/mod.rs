//! Helpers that several test files share.

#![allow(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "each test file uses some of the helpers only"
)]

#[cfg(feature = "report")]
pub(crate) mod browser;
pub(crate) mod child;
#[cfg(feature = "otlp")]
pub(crate) mod collector;
#[cfg(feature = "metrics")]
pub(crate) mod exposition;
#[cfg(feature = "flame")]
pub(crate) mod folded;
#[cfg(feature = "otlp-grpc")]
pub(crate) mod grpc_collector;
pub(crate) mod hostile;
#[cfg(feature = "report")]
pub(crate) mod report_page;
pub(crate) mod shared_buffer;
pub(crate) mod span_recorder;
pub(crate) mod svg;
pub(crate) mod temp_dir;
#[cfg(feature = "metrics-protobuf")]
pub(crate) mod wire;

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use event_core::{Event, RecordingListener};

/// Polls a future once, then drops it.
pub(crate) fn cancel(future: impl Future) {
    let poll = pin!(future).poll(&mut Context::from_waker(Waker::noop()));
    assert!(poll.is_pending());
}

/// Waits until it is polled again. It wakes nothing: the test has to poll.
pub(crate) async fn wait_for_a_poll() {
    let mut was_polled = false;
    std::future::poll_fn(|_| {
        if std::mem::replace(&mut was_polled, true) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}

/// Returns a table without the lines above its headings.
pub(crate) fn without_first_line(table: &str) -> &str {
    let starts = ["kind ", "function "].map(|heading| {
        let at_line = |at: &usize| table[..*at].ends_with('\n');
        let mut found = table.match_indices(heading).map(|(at, _)| at);
        found.find(at_line)
    });
    let start = starts.into_iter().flatten().min();
    &table[start.unwrap_or_else(|| panic!("no headings in {table}"))..]
}

/// Returns the recorded events, by time.
pub(crate) fn events(recorder: &RecordingListener) -> Vec<Event<'static>> {
    let buffer = recorder.buffer().into_iter();
    buffer.map(|(_, event)| event).collect()
}
