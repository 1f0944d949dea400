//! The state of a flight recorder that its threads share: the recorded events, and the recordings
//! that are to be written.

use std::io;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::mpsc::Sender;
use std::sync::{Condvar, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use event_core::{Cause, Event, ExcDetails, Listener as _, RecordingListener};

use super::polls::Polls;
use super::trigger::{Limiter, Reason, Trigger};
use crate::host::fork::Owner;
use crate::sync::{AtomicU64, lock};

/// The flight recorders of this process.
pub(super) static RUNNING: Mutex<Vec<Weak<Flight>>> = Mutex::new(Vec::new());

/// The time between the END of a scope that is slow, or panics, and its recording, so that the
/// recording shows what followed.
const SETTLE: Duration = Duration::from_millis(100);

pub(super) type Written = io::Result<Vec<PathBuf>>;

#[derive(Debug)]
pub(super) struct Flight {
    pub(super) recorder: RecordingListener,
    pub(super) polls: Polls,
    /// How much time a recording has.
    pub(super) window: Duration,
    /// The duration of a scope from which on it is slow, in nanoseconds.
    pub(super) slow: Option<u64>,
    /// When the recorder was made.
    pub(super) began: u64,
    pub(super) owner: Owner,
    pub(super) slow_limiter: Limiter,
    pub(super) panic_limiter: Limiter,
    /// How many triggers caused no recording since the last one.
    pub(super) others: AtomicU64,
    pub(super) requests: Mutex<Requests>,
    pub(super) changed: Condvar,
}

#[derive(Debug, Default)]
pub(super) struct Requests {
    pending: Vec<Request>,
    is_stopping: bool,
    /// Whether the thread that writes has ended.
    has_stopped: bool,
}

/// A recording that is to be written.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) trigger: Trigger,
    due: Instant,
    /// The callers that wait for it.
    pub(super) replies: Vec<Sender<Written>>,
}

impl Flight {
    /// Records an END, and requests a recording if it is a trigger.
    #[inline]
    pub(super) fn end(&self, end: &Event<'_>) {
        self.recorder.on_end(end);
        if let Some(exc) = end.exc_details() {
            self.failed(end, exc);
        } else if let Some(slow) = self.slow {
            self.check_duration(end, slow);
        }
    }

    #[cold]
    fn failed(&self, end: &Event<'_>, exc: &ExcDetails<'_>) {
        if exc.cause() == Cause::Panic {
            if self.panic_limiter.passes(end.nanos()) {
                self.request(Trigger::panic(end), None);
            } else {
                self.others.fetch_add(1, Ordering::Relaxed); // a counter
            }
        } else if let Some(slow) = self.slow {
            self.check_duration(end, slow);
        }
    }

    #[inline]
    fn check_duration(&self, end: &Event<'_>, slow: u64) {
        if end
            .duration_nanos()
            .is_some_and(|duration| duration >= slow)
        {
            self.is_slow(end);
        }
    }

    #[cold]
    fn is_slow(&self, end: &Event<'_>) {
        let duration = end.duration().unwrap_or_default();
        if self.slow_limiter.passes(end.nanos()) {
            self.request(Trigger::slow(end, duration), None);
        } else {
            self.others.fetch_add(1, Ordering::Relaxed); // a counter
        }
    }

    /// Requests a recording, and returns at once. `reply` receives the paths of its files.
    pub(super) fn request(&self, trigger: Trigger, reply: Option<Sender<Written>>) {
        // A signal handler would wait for the lock.
        let _suppress = event_core::__private::suppress_events();
        let mut requests = lock(&self.requests);
        if requests.has_stopped {
            return; // dropping `reply` reports that
        }
        let settle = match trigger.reason {
            Reason::Slow | Reason::Panic => SETTLE,
            Reason::Signal | Reason::Demand => Duration::ZERO,
        };
        let pending = &mut requests.pending;
        let same = pending
            .iter_mut()
            .find(|it| it.trigger.reason == trigger.reason);
        match same {
            Some(same) => same.replies.extend(reply),
            None => pending.push(Request {
                trigger,
                due: Instant::now() + settle,
                replies: reply.into_iter().collect(),
            }),
        }
        self.changed.notify_all();
    }

    /// Waits for the request that is due next. Returns `None` when the recorder stops.
    pub(super) fn next_request(&self) -> Option<Request> {
        let mut requests = lock(&self.requests);
        loop {
            let due = requests.pending.iter().map(|request| request.due).min();
            let wait = due.map(|due| due.saturating_duration_since(Instant::now()));
            let is_due = wait.is_some_and(|wait| wait.is_zero()) || requests.is_stopping;
            if is_due {
                let pending = requests.pending.iter().enumerate();
                let first = pending.min_by_key(|(_, request)| request.due);
                let first = first.map(|(index, _)| index);
                let Some(first) = first else {
                    requests.has_stopped = true;
                    self.changed.notify_all();
                    return None;
                };
                return Some(requests.pending.swap_remove(first));
            }
            requests = match wait {
                None => self
                    .changed
                    .wait(requests)
                    .unwrap_or_else(PoisonError::into_inner),
                Some(wait) => {
                    let waited = self.changed.wait_timeout(requests, wait);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }

    /// Lets the thread end that writes, once it has written all that was requested. Returns whether
    /// it has ended in time.
    pub(super) fn stop(&self, time: Duration) -> bool {
        // A signal handler would wait for the lock.
        let _suppress = event_core::__private::suppress_events();
        let mut requests = lock(&self.requests);
        requests.is_stopping = true;
        self.changed.notify_all();
        let waited = self
            .changed
            .wait_timeout_while(requests, time, |requests| !requests.has_stopped);
        waited.unwrap_or_else(PoisonError::into_inner).0.has_stopped
    }
}
