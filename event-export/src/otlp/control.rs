//! The orders for the exporter's thread, and its results.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::sync::lock;

/// Connects the exporter's thread with the threads that flush and finish it.
#[derive(Debug, Default)]
pub(super) struct Control {
    orders: Mutex<Orders>,
    /// Notified when the exporter's thread has something to do.
    ordered: Condvar,
    /// Notified when the exporter's thread has done something.
    done: Condvar,
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Orders {
    has_work: bool,
    /// The number of the last flush that was requested, and of the last that was made.
    flush: u64,
    flushed: u64,
    /// The time at which the thread must have stopped.
    stop_by: Option<Instant>,
    is_stopped: bool,
}

/// The fate of the spans.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    pub(super) exported: u64,
    /// How many spans the collector has not accepted.
    pub(super) failed: u64,
    /// How many spans were dropped because their traces took too much memory.
    pub(super) evicted: u64,
    /// How many spans belong to traces that are not kept.
    pub(super) left_out: u64,
    /// Whether the counts do not change any more. All other spans have failed.
    pub(super) is_final: bool,
    /// Why the last spans were dropped.
    pub(super) why: Option<String>,
}

/// A turn of the exporter's thread.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turn {
    flush: u64,
    pub(super) is_last: bool,
}

impl Control {
    /// Wakes the exporter's thread.
    #[cold]
    pub(super) fn wake(&self) {
        let mut orders = lock(&self.orders);
        if !orders.has_work {
            orders.has_work = true;
            self.ordered.notify_one();
        }
    }

    /// Waits until there is something to do, at most for `interval`.
    pub(super) fn wait(&self, interval: Duration) -> Turn {
        let is_idle = |orders: &mut Orders| {
            !orders.has_work && orders.flush == orders.flushed && orders.stop_by.is_none()
        };
        let mut orders = self.wait_while(&self.ordered, interval, is_idle);
        orders.has_work = false;
        Turn {
            flush: orders.flush,
            is_last: orders.stop_by.is_some(),
        }
    }

    fn wait_while(
        &self,
        condvar: &Condvar,
        time: Duration,
        condition: impl FnMut(&mut Orders) -> bool,
    ) -> MutexGuard<'_, Orders> {
        let waited = condvar.wait_timeout_while(lock(&self.orders), time, condition);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    /// Reports that a turn is over.
    pub(super) fn finish_turn(&self, turn: Turn) {
        let mut orders = lock(&self.orders);
        orders.flushed = turn.flush;
        orders.is_stopped |= turn.is_last;
        self.done.notify_all();
    }

    /// Waits for a part of the time, until the exporter is to stop.
    pub(super) fn sleep(&self, time: Duration) {
        drop(self.wait_while(&self.ordered, time, |orders| orders.stop_by.is_none()));
    }

    /// Returns the time that remains; `None` if the exporter is not to stop.
    pub(super) fn time_left(&self) -> Option<Duration> {
        let stop_by = lock(&self.orders).stop_by?;
        Some(stop_by.saturating_duration_since(Instant::now()))
    }

    /// Waits until the spans that exist now were exported or dropped. Returns `false` after `time`.
    pub(super) fn flush(&self, time: Duration) -> bool {
        let number = {
            let mut orders = lock(&self.orders);
            orders.flush += 1;
            self.ordered.notify_one();
            orders.flush
        };
        let is_unfinished = |orders: &mut Orders| orders.flushed < number && !orders.is_stopped;
        let orders = self.wait_while(&self.done, time, is_unfinished);
        orders.flushed >= number
    }

    /// Stops the thread within `time`. Returns without it if it takes longer.
    pub(super) fn stop(&self, time: Duration) {
        {
            let mut orders = lock(&self.orders);
            orders.stop_by.get_or_insert_with(|| Instant::now() + time);
            self.ordered.notify_one();
        }
        drop(self.wait_while(&self.done, time, |orders| !orders.is_stopped));
    }

    /// Reports that the thread has not started or has ended.
    pub(super) fn set_stopped(&self) {
        lock(&self.orders).is_stopped = true;
        self.done.notify_all();
    }

    /// Changes the counts, unless they are final.
    pub(super) fn count(&self, change: impl FnOnce(&mut Counts)) {
        let mut counts = lock(&self.counts);
        if !counts.is_final {
            change(&mut counts);
        }
    }

    pub(super) fn counts(&self) -> Counts {
        lock(&self.counts).clone()
    }
}
