//! The statistics of each row, split by thread, so that threads rarely wait for each other.

use event_core::ThreadId;

use crate::profile::row_index::RowId;
use crate::profile::stats::{Call, Stats};
use crate::sync::{Sharded, lock};

const SHARDS: usize = 16;

#[derive(Debug, Default)]
pub(super) struct ShardedStats {
    shards: Sharded<Vec<Option<Box<Stats>>>, SHARDS>,
}

impl ShardedStats {
    #[inline]
    pub(super) fn record(&self, thread: ThreadId, row: RowId, call: &Call) {
        let mut rows = lock(self.shards.of(thread.as_u64()));
        match rows.get_mut(row.index()) {
            Some(Some(stats)) => stats.record(call),
            _ => add(&mut rows, row).record(call),
        }
    }

    /// Returns the statistics of a row over all threads, if it has any calls.
    pub(super) fn row(&self, row: RowId) -> Option<Stats> {
        let mut total: Option<Stats> = None;
        for shard in self.shards.iter() {
            let rows = lock(shard);
            let Some(Some(stats)) = rows.get(row.index()) else {
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

/// Adds the statistics of a row.
#[cold]
#[inline(never)]
fn add(rows: &mut Vec<Option<Box<Stats>>>, row: RowId) -> &mut Stats {
    let index = row.index();
    if rows.len() <= index {
        rows.resize_with(index + 1, || None);
    }
    rows[index].insert(Box::default())
}
