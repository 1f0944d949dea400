//! What is added up for each row, apart for each few threads so that they do not wait for one another.

use std::sync::{Mutex, MutexGuard, PoisonError};

use event_core::ThreadId;

use super::rows::RowId;
use crate::profile::stats::{Call, Stats};

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

    pub(super) fn record(&self, thread: ThreadId, row: RowId, call: &Call) {
        let shard = usize::try_from(thread.as_u64() % SHARDS as u64).unwrap_or(0);
        let mut rows = self.shards[shard].lock();
        let row = row.0 as usize;
        if rows.len() <= row {
            rows.resize_with(row + 1, || None);
        }
        let stats = rows[row].get_or_insert_with(|| Box::new(Stats::default()));
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
