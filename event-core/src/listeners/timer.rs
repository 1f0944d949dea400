//! The timer: how long the scopes of a kind took.

use std::time::Duration;

use crate::event::Event;
use crate::listener::Listener;
use crate::sharded::Sharded;
use crate::thread::{EventId, SuppressEvents, ThreadId};

/// A listener that adds up how long the scopes it hears take, by the wall clock.
///
/// Scopes inside one another, and recursion, count once, by the thread of the START; the times of
/// different threads add up. An END whose START was not heard counts for nothing, and so does one that
/// is broadcast by [`end_event`](crate::end_event) on another thread than its START.
///
/// A START that has no END, by [`start_event`](crate::start_event) alone or of what was leaked, is remembered for as long as
/// the listener is there, and makes the END of others slower: an END looks through those of its thread, the last one first.
///
/// # Examples
///
/// ```
/// use event_core::{TimingListener, install_listener, trigger_event};
///
/// let timer = install_listener("docs:timing", TimingListener::new());
/// assert!(!timer.done());
/// trigger_event("docs:timing", (), || trigger_event("docs:timing", (), || {}));
/// assert!(timer.done());
/// assert!(timer.duration().is_some());
/// ```
#[derive(Debug, Default)]
pub struct TimingListener(Sharded<Times>);

/// What the threads of one shard take, in nanoseconds.
#[derive(Debug, Default)]
struct Times {
    /// All that is over.
    total: Option<u64>,
    /// The scopes under way, as they were started.
    open: Vec<Open>,
}

/// A scope under way.
#[derive(Clone, Copy, Debug)]
struct Open {
    id: EventId,
    thread: ThreadId,
    /// Since when its thread has had some scope under way.
    since: u64,
}

impl Times {
    #[inline]
    fn start(&mut self, id: EventId, thread: ThreadId, now: u64) {
        let since = self.since(thread).unwrap_or(now);
        if self.open.len() == self.open.capacity() {
            self.make_room();
        }
        self.open.push(Open { id, thread, since });
    }

    #[cold]
    fn make_room(&mut self) {
        let _suppress = SuppressEvents::new(); // an annotated allocator would deadlock on the lock
        self.open.reserve(1);
    }

    /// Takes a scope away; `false` if it is not among those under way.
    #[inline]
    fn end(&mut self, id: EventId, now: u64) -> bool {
        let ended = match self.open.last() {
            Some(&last) if last.id == id => {
                self.open.pop();
                last
            }
            _ => match self.take_outer(id) {
                Some(outer) => outer,
                None => return false,
            },
        };
        if self.since(ended.thread).is_none() {
            let more = now.saturating_sub(ended.since);
            self.total = Some(self.total.unwrap_or_default() + more);
        }
        true
    }

    /// Takes a scope away that is not the last.
    #[inline(never)]
    fn take_outer(&mut self, id: EventId) -> Option<Open> {
        let place = self.open.iter().rposition(|open| open.id == id)?;
        Some(self.open.swap_remove(place))
    }

    /// Since when `thread` has had a scope under way, if it has.
    #[inline]
    fn since(&self, thread: ThreadId) -> Option<u64> {
        let mut open = self.open.iter().rev();
        open.find(|open| open.thread == thread)
            .map(|open| open.since)
    }
}

impl TimingListener {
    /// Returns a timer that has measured nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns whether anything has been measured.
    #[must_use]
    pub fn done(&self) -> bool {
        self.duration().is_some()
    }

    /// Returns the time of all scopes that are over; none before the first is.
    #[must_use]
    pub fn duration(&self) -> Option<Duration> {
        let totals = self.0.iter().filter_map(|times| times.lock().total);
        totals.reduce(u64::saturating_add).map(Duration::from_nanos)
    }

    /// Ends a scope that another thread started.
    #[cold]
    fn end_elsewhere(&self, id: EventId, now: u64) {
        // None is found where the START was not heard.
        let _ = self.0.iter().any(|times| times.lock().end(id, now));
    }
}

impl Listener for TimingListener {
    fn on_start(&self, event: &Event<'_>) {
        let now = event.nanos();
        let thread = event.thread();
        self.0.of(thread).lock().start(event.id(), thread, now);
    }

    fn on_end(&self, event: &Event<'_>) {
        let now = event.nanos();
        let ended = self.0.of(event.thread()).lock().end(event.id(), now);
        // The lock is released: `end_elsewhere` takes the same one.
        if !ended {
            self.end_elsewhere(event.id(), now);
        }
    }

    fn wants_data(&self) -> bool {
        false
    }
}
