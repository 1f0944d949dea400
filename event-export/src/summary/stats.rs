//! What is added up for each row, apart for each few threads so that they do not wait for one another.

use std::sync::{Mutex, MutexGuard, PoisonError};

use event_core::{Cause, ThreadId};
use hdrhistogram::Histogram;

use super::rows::RowId;

/// One call, when it is over.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call {
    pub(super) row: RowId,
    pub(super) is_outermost: bool,
    pub(super) nanos: u64,
    pub(super) self_nanos: u64,
    pub(super) failure: Option<Cause>,
    /// None where it cannot be known.
    pub(super) allocated: Option<u64>,
}

/// The calls of one row.
#[derive(Clone, Debug)]
pub(super) struct Stats {
    pub(super) calls: u64,
    pub(super) failed: u64,
    pub(super) cancelled: u64,
    /// Of the outermost calls.
    pub(super) total: u64,
    pub(super) self_time: u64,
    /// Of all calls.
    pub(super) sum: u64,
    pub(super) max: u64,
    pub(super) allocated: Option<u64>,
    durations: Histogram<u32>,
}

impl Stats {
    pub(super) fn new() -> Self {
        // Two digits: the buckets of a duration are less than a hundredth of it wide.
        let mut durations =
            Histogram::new(2).expect("two digits are among the zero to five that are possible");
        durations.auto(true);
        Self {
            calls: 0,
            failed: 0,
            cancelled: 0,
            total: 0,
            self_time: 0,
            sum: 0,
            max: 0,
            allocated: None,
            durations,
        }
    }

    fn record(&mut self, call: &Call) {
        self.calls += 1;
        match call.failure {
            None => {}
            Some(Cause::Cancelled) => self.cancelled += 1,
            Some(_) => self.failed += 1,
        }
        self.sum = self.sum.saturating_add(call.nanos);
        self.self_time = self.self_time.saturating_add(call.self_nanos);
        self.max = self.max.max(call.nanos);
        if call.is_outermost {
            self.total = self.total.saturating_add(call.nanos);
        }
        if let Some(allocated) = call.allocated {
            let counted = if call.is_outermost { allocated } else { 0 };
            self.allocated = Some(self.allocated.unwrap_or(0).saturating_add(counted));
        }
        // Cannot fail, as it grows.
        let _ = self.durations.record(call.nanos);
    }

    /// Adds those of other threads.
    pub(super) fn add(&mut self, other: &Self) {
        self.calls += other.calls;
        self.failed += other.failed;
        self.cancelled += other.cancelled;
        self.total = self.total.saturating_add(other.total);
        self.self_time = self.self_time.saturating_add(other.self_time);
        self.sum = self.sum.saturating_add(other.sum);
        self.max = self.max.max(other.max);
        if let Some(allocated) = other.allocated {
            self.allocated = Some(self.allocated.unwrap_or(0).saturating_add(allocated));
        }
        // Cannot fail, as it grows.
        let _ = self.durations.add(&other.durations);
    }

    /// The duration that the part `quantile` of all calls did not exceed, at most a hundredth too high.
    pub(super) fn quantile(&self, quantile: f64) -> u64 {
        self.durations.value_at_quantile(quantile).min(self.max)
    }
}

const SHARDS: usize = 16;

#[derive(Debug)]
pub(super) struct AllStats {
    shards: [Shard; SHARDS],
}

/// Alone in its cache lines.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Shard(Mutex<Vec<Option<Box<Stats>>>>);

impl Shard {
    fn lock(&self) -> MutexGuard<'_, Vec<Option<Box<Stats>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AllStats {
    pub(super) fn new() -> Self {
        Self {
            shards: std::array::from_fn(|_| Shard::default()),
        }
    }

    pub(super) fn record(&self, thread: ThreadId, call: &Call) {
        let shard = usize::try_from(thread.as_u64() % SHARDS as u64).unwrap_or(0);
        let mut rows = self.shards[shard].lock();
        let row = call.row.0 as usize;
        if rows.len() <= row {
            rows.resize_with(row + 1, || None);
        }
        let stats = rows[row].get_or_insert_with(|| Box::new(Stats::new()));
        stats.record(call);
    }

    /// The calls of a row on all threads, if there were any.
    pub(super) fn row(&self, row: RowId) -> Option<Stats> {
        let mut total: Option<Stats> = None;
        for shard in &self.shards {
            let rows = shard.lock();
            let Some(Some(stats)) = rows.get(row.0 as usize) else {
                continue;
            };
            match &mut total {
                None => total = Some(Stats::clone(stats)),
                Some(total) => total.add(stats),
            }
        }
        total
    }
}
