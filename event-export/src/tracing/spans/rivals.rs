//! Several listeners for the same events, of which only the first makes spans.
//!
//! An event's listeners are notified one after another, so the first has just made a span of it.

use std::cell::Cell;
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};

use event_core::{Event, EventId};

use crate::io::warn::note;

/// How many listeners there are in the process.
static LISTENERS: AtomicUsize = AtomicUsize::new(0);

/// How many events of a thread are remembered. Another listener may trigger events between two of
/// these.
const REMEMBERED: usize = 16;

thread_local! {
    /// The last events of this thread of which a listener made a span.
    static LAST: Cell<[Option<EventId>; REMEMBERED]> = const { Cell::new([None; REMEMBERED]) };
}

/// Counts a listener.
#[derive(Debug)]
pub(super) struct Counted(());

impl Counted {
    pub(super) fn new() -> Self {
        LISTENERS.fetch_add(1, Ordering::Relaxed);
        Self(())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        LISTENERS.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Returns whether there is more than one listener.
#[inline]
pub(super) fn exist() -> bool {
    // Relaxed: no other memory depends on the number.
    LISTENERS.load(Ordering::Relaxed) > 1
}

/// Returns whether another listener has made a span of the event, and reports it once.
#[cold]
pub(super) fn has_span(event: &Event<'_>) -> bool {
    static REPORTED: Once = Once::new();
    let has_span = LAST.get().contains(&Some(event.id()));
    if has_span {
        REPORTED.call_once(|| {
            let kind = event.kind();
            note(format_args!(
                "several `TracingSpans` receive `{kind}`, so only the first of them makes spans; \
                 remove one, such as `tracing` in EVENT_EXPORT, or give each its own kinds"
            ));
        });
    }
    has_span
}

/// Remembers that a listener has made a span of `event`.
#[cold]
pub(super) fn remember(event: EventId) {
    let mut last = LAST.get();
    last.rotate_right(1);
    last[0] = Some(event);
    LAST.set(last);
}
