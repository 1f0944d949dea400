//! Several listeners of a type that write to one place: the first one to be notified of an event
//! writes it, so that nothing is written twice.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::LocalKey;

use event_core::{Event, EventId};

use crate::io::warn::note;

/// How many events of a thread are remembered. An event's listeners are notified one after another,
/// but they may trigger events meanwhile.
const REMEMBERED: usize = 16;

/// The last events of a thread that a listener wrote.
struct LastEvents(Cell<[Option<EventId>; REMEMBERED]>);

impl LastEvents {
    const fn new() -> Self {
        Self(Cell::new([None; REMEMBERED]))
    }

    fn contains(&self, event: EventId) -> bool {
        self.0.get().contains(&Some(event))
    }

    fn push(&self, event: EventId) {
        let mut events = self.0.get();
        events.rotate_right(1);
        events[0] = Some(event);
        self.0.set(events);
    }
}

thread_local! {
    #[cfg(feature = "tracing")]
    static LAST_SPANS: LastEvents = const { LastEvents::new() };
    #[cfg(feature = "log")]
    static LAST_RECORDS: LastEvents = const { LastEvents::new() };
}

/// The listeners that make spans of `tracing`.
#[cfg(feature = "tracing")]
pub(crate) static SPANS: Rivals = Rivals::new(
    Names {
        listener: "TracingSpans",
        does: "makes spans",
        export: "tracing",
    },
    &LAST_SPANS,
);

/// The listeners that write records of `log`.
#[cfg(feature = "log")]
pub(crate) static RECORDS: Rivals = Rivals::new(
    Names {
        listener: "LogRecords",
        does: "writes records",
        export: "log",
    },
    &LAST_RECORDS,
);

/// The listeners of a type in this process.
pub(crate) struct Rivals {
    names: Names,
    listeners: AtomicUsize,
    last: &'static LocalKey<LastEvents>,
    is_reported: AtomicBool,
}

/// The words of the note.
struct Names {
    listener: &'static str,
    does: &'static str,
    /// The name in `EVENT_EXPORT`.
    export: &'static str,
}

/// A listener that is counted until this is dropped.
#[derive(Debug)]
pub(crate) struct Counted(&'static AtomicUsize);

impl Rivals {
    const fn new(names: Names, last: &'static LocalKey<LastEvents>) -> Self {
        Self {
            names,
            listeners: AtomicUsize::new(0),
            last,
            is_reported: AtomicBool::new(false),
        }
    }

    /// Counts a listener.
    pub(crate) fn count(&'static self) -> Counted {
        self.listeners.fetch_add(1, Ordering::Relaxed);
        Counted(&self.listeners)
    }

    /// Returns whether a listener may write the event now: no other one has just written it.
    #[inline]
    pub(crate) fn claim(&self, event: &Event<'_>) -> bool {
        // Relaxed: no other memory depends on the number.
        self.listeners.load(Ordering::Relaxed) <= 1 || self.claim_from_others(event)
    }

    /// Remembers the event, or reports once that it is written already.
    #[cold]
    fn claim_from_others(&self, event: &Event<'_>) -> bool {
        let is_written = self.last.with(|last| last.contains(event.id()));
        // Relaxed: as in `claim`.
        if is_written && !self.is_reported.swap(true, Ordering::Relaxed) {
            let kind = event.kind();
            let Names {
                listener,
                does,
                export,
            } = self.names;
            note(format_args!(
                "several `{listener}` receive `{kind}`, so only the first of them {does}; remove \
                 one, such as `{export}` in EVENT_EXPORT, or give each its own kinds"
            ));
        }
        if !is_written {
            self.last.with(|last| last.push(event.id()));
        }
        !is_written
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
