//! The polls of an open event: of the futures that run under its handle, on any number of threads.
//!
//! A handle is only an id, so the polls are found by the id of the scope.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::state::{Started, State};
use crate::event::clock::Clock;
use crate::event::status::EventStatus;
use crate::scope::by_scope::ByScope;
use crate::sync::{Arc, Mutex};
use crate::thread::{EventId, SuppressEvents, ThreadId};

/// The polls of the open events that have a handle.
static POLLS: ByScope<Option<Arc<Polls>>> = ByScope::new();

/// The polls of an open event of which a listener wants polls or durations.
pub struct Polls {
    started: Started,
    polled: Mutex<Polled>,
}

#[derive(Default)]
struct Polled {
    /// The threads that poll now, and how many polls each has nested.
    threads: Vec<(ThreadId, u32)>,
    /// The duration of the polls that have ended, in nanoseconds. Polls that overlap count once.
    ended: u64,
    /// Since when at least one thread polls.
    since: u64,
    /// Whether the busy time is known: there was a poll, or `measure` was called.
    is_measured: bool,
}

impl fmt::Debug for Polls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scope = self.started.scope.as_ref();
        f.debug_tuple("Polls").field(&scope).finish()
    }
}

impl State {
    /// Returns the polls of this open event, for [`polls_of`], if a listener wants them.
    #[cold]
    pub(in crate::scope) fn polls(&self) -> Option<Arc<Polls>> {
        let id = self.id()?;
        if !(self.started.wants_polls || self.started.wants_duration) {
            return None;
        }
        let _suppress = SuppressEvents::new(); // an annotated allocator must not re-enter this
        let polls = Arc::new(Polls {
            started: self.started.clone(),
            polled: Mutex::default(),
        });
        // Another thread may have been first.
        Some(POLLS.update(id, |kept| Arc::clone(kept.get_or_insert(polls))))
    }
}

/// Returns the polls of the scope, if it is an open event whose polls are measured.
#[inline]
pub(in crate::scope) fn polls_of(id: EventId) -> Option<Arc<Polls>> {
    if POLLS.may_have(id) {
        POLLS.get(id).flatten()
    } else {
        None
    }
}

impl Polls {
    /// Calls `poll` as one poll.
    pub(in crate::scope) fn poll<R>(&self, poll: impl FnOnce() -> R) -> R {
        self.start();
        let result = catch_unwind(AssertUnwindSafe(poll));
        self.end(Clock::now());
        result.unwrap_or_else(|payload| resume_unwind(payload))
    }

    /// Starts a poll on this thread, and notifies listeners, unless the thread polls already.
    pub fn start(&self) {
        let thread = ThreadId::current();
        if self.change(|polled| polled.nest(thread)) {
            return;
        }
        if self.started.wants_polls {
            self.started.broadcast_poll(EventStatus::Start);
        }
        // After the listeners, whose work is not that of the poll.
        self.change(|polled| polled.start(thread));
    }

    /// Ends a poll on this thread at the time `now`, and notifies listeners, unless another poll
    /// encloses it.
    pub fn end(&self, now: u64) {
        let thread = ThreadId::current();
        if self.change(|polled| polled.end(thread, now)) && self.started.wants_polls {
            self.started.broadcast_poll(EventStatus::End);
        }
    }

    /// Measures the busy time even if there is no poll: it is zero then, and not unknown.
    pub fn measure(&self) {
        self.change(|polled| polled.is_measured = true);
    }

    /// Ends the polls of this thread before the END, whose busy time is set in `state`.
    pub(in crate::scope) fn finish(&self, state: &mut State) {
        drop(state.id().and_then(|id| POLLS.take(id)));
        let thread = ThreadId::current();
        let now = Clock::now();
        let (is_polling, busy) =
            self.change(|polled| (polled.remove(thread, now), polled.busy(now)));
        if is_polling && self.started.wants_polls {
            self.started.broadcast_poll(EventStatus::End);
        }
        if let Some(busy) = busy.filter(|_| self.started.wants_duration) {
            state.set_busy(busy);
        }
    }

    fn change<R>(&self, change: impl FnOnce(&mut Polled) -> R) -> R {
        let _suppress = SuppressEvents::new(); // an annotated allocator would deadlock on the lock
        change(&mut self.polled.lock())
    }
}

impl Polled {
    fn of(&mut self, thread: ThreadId) -> Option<usize> {
        self.threads.iter().position(|(polls, _)| *polls == thread)
    }

    /// Counts a poll of a thread that polls already; otherwise returns `false`.
    fn nest(&mut self, thread: ThreadId) -> bool {
        let index = self.of(thread);
        if let Some(index) = index {
            self.threads[index].1 += 1;
        }
        index.is_some()
    }

    fn start(&mut self, thread: ThreadId) {
        if self.threads.is_empty() {
            self.since = Clock::now();
            self.is_measured = true;
        }
        self.threads.push((thread, 1));
    }

    /// Returns whether this was the outermost poll of the thread.
    fn end(&mut self, thread: ThreadId, now: u64) -> bool {
        let Some(index) = self.of(thread) else {
            return false; // `finish` has ended it
        };
        self.threads[index].1 -= 1;
        self.threads[index].1 == 0 && self.remove(thread, now)
    }

    /// Returns whether the thread polled.
    fn remove(&mut self, thread: ThreadId, now: u64) -> bool {
        let Some(index) = self.of(thread) else {
            return false;
        };
        self.threads.swap_remove(index);
        if self.threads.is_empty() {
            self.ended += now.saturating_sub(self.since);
        }
        true
    }

    /// Returns the duration of the polls until `now`, if it is known.
    fn busy(&self, now: u64) -> Option<u64> {
        let open = if self.threads.is_empty() {
            0
        } else {
            now.saturating_sub(self.since)
        };
        self.is_measured.then_some(self.ended + open)
    }
}
