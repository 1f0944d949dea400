//! The timer, which measures the total duration of scopes.
//!
//! Threads use different shards, so that they seldom contend. No two shards are locked at once.

use std::time::Duration;

use crate::event::Event;
use crate::listener::Listener;
use crate::sharded::Sharded;
use crate::thread::{EventId, SuppressEvents, ThreadId};

/// A listener that measures the total wall-clock time of the scopes that it receives.
///
/// Nested and recursive scopes on one thread count once, when the outermost scope ends. The times
/// of different threads add up. A scope belongs to the thread of its START.
///
/// The timer ignores an END whose START it has not received. It also ignores an END that
/// [`end_event`](crate::end_event) broadcasts on another thread than the START.
///
/// A START without an END stays in memory as long as the timer, and makes other ENDs slower,
/// because an END searches the open scopes, the last one first. Such STARTs come from
/// [`start_event`](crate::start_event) and from leaked guards.
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

/// The times of the threads of one shard, in nanoseconds.
#[derive(Debug, Default)]
struct Times {
    /// Whether an outermost scope has ended.
    is_done: bool,
    /// The total time of the outermost scopes that have ended.
    total: u64,
    /// The open scopes. The last one to start is at the end, unless scopes ended out of order.
    open: Vec<TimedScope>,
}

/// An open scope.
#[derive(Clone, Copy, Debug)]
struct TimedScope {
    id: EventId,
    thread: ThreadId,
    /// The time since which its thread has had an open scope without interruption.
    busy_since: u64,
}

impl Times {
    #[inline]
    fn start(&mut self, id: EventId, thread: ThreadId, now: u64) {
        let busy_since = self.busy_since(thread).unwrap_or(now);
        if self.open.len() == self.open.capacity() {
            self.grow();
        }
        self.open.push(TimedScope {
            id,
            thread,
            busy_since,
        });
    }

    #[cold]
    fn grow(&mut self) {
        let _suppress = SuppressEvents::new(); // an annotated allocator would deadlock on the lock
        self.open.reserve(1);
    }

    /// Removes a scope that ended at `now`. Returns whether the scope was open.
    #[inline]
    fn end(&mut self, id: EventId, now: u64) -> bool {
        let ended = match self.open.last() {
            Some(&last) if last.id == id => {
                self.open.pop();
                last
            }
            _ => match self.remove_outer(id) {
                Some(outer) => outer,
                None => return false,
            },
        };
        if self.busy_since(ended.thread).is_none() {
            let elapsed = now.saturating_sub(ended.busy_since);
            self.total += elapsed;
            self.is_done = true;
        }
        true
    }

    /// Removes a scope that is not the last.
    #[inline(never)]
    fn remove_outer(&mut self, id: EventId) -> Option<TimedScope> {
        let index = self.open.iter().rposition(|scope| scope.id == id)?;
        Some(self.open.swap_remove(index))
    }

    /// Returns the time since which `thread` has had an open scope; `None` if it has none.
    #[inline]
    fn busy_since(&self, thread: ThreadId) -> Option<u64> {
        let mut open = self.open.iter().rev();
        open.find(|scope| scope.thread == thread)
            .map(|scope| scope.busy_since)
    }
}

impl TimingListener {
    /// Returns a timer without any measurement.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns whether at least one outermost scope has ended.
    #[must_use]
    pub fn done(&self) -> bool {
        self.duration().is_some()
    }

    /// Returns the total time of the outermost scopes that have ended; `None` before the first.
    #[must_use]
    pub fn duration(&self) -> Option<Duration> {
        let _suppress = SuppressEvents::new(); // a signal handler would wait for the lock
        let total = |times: &Times| times.is_done.then_some(times.total);
        let totals = self.0.iter().filter_map(|times| total(&times.lock()));
        totals.reduce(u64::saturating_add).map(Duration::from_nanos)
    }

    /// Ends a scope that another thread started.
    #[cold]
    fn end_elsewhere(&self, id: EventId, now: u64) {
        // No shard has the scope if the timer has not received its START.
        let _ = self.0.iter().any(|times| times.lock().end(id, now));
    }
}

impl Listener for TimingListener {
    fn on_start(&self, event: &Event<'_>) {
        let now = event.nanos();
        let (id, thread) = (event.id(), event.thread());
        self.0.of(thread).lock().start(id, thread, now);
    }

    fn on_end(&self, event: &Event<'_>) {
        let now = event.nanos();
        let id = event.id();
        let ended = self.0.of(event.thread()).lock().end(id, now);
        // The shard must be unlocked here, because `end_elsewhere` locks each shard.
        if !ended {
            self.end_elsewhere(id, now);
        }
    }

    fn wants_data(&self) -> bool {
        false
    }
}
