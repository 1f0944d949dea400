//! A value for each row, split by thread, so that threads rarely wait for each other.

use event_core::ThreadId;

use super::row_index::RowId;
use crate::sync::Sharded;

const SHARDS: usize = 16;

/// Values of type `S` by row. A row of a shard has a value from its first use on.
#[derive(Debug)]
pub(crate) struct ShardedRows<S> {
    shards: Sharded<Vec<Option<Box<S>>>, SHARDS>,
}

impl<S> Default for ShardedRows<S> {
    fn default() -> Self {
        Self {
            shards: Sharded::default(),
        }
    }
}

impl<S: Clone + Default> ShardedRows<S> {
    /// Calls `change` with the value of a row for the shard of `thread`.
    ///
    /// The shard is locked, so `change` must not run user code.
    #[inline]
    pub(crate) fn change(&self, thread: ThreadId, row: RowId, change: impl FnOnce(&mut S)) {
        let mut rows = self.shards.of(thread.as_u64()).lock();
        // `change` is called in one place, so that the compiler inlines it.
        let is_known = matches!(rows.get(row.index()), Some(Some(_)));
        if !is_known {
            add(&mut rows, row);
        }
        if let Some(Some(value)) = rows.get_mut(row.index()) {
            change(value);
        }
    }

    /// Returns the value of a row over all threads, added up by `add`; none if no thread used it.
    ///
    /// Each shard is locked for one row at a time, so calls do not wait for a whole output.
    pub(crate) fn total(&self, row: RowId, add: impl Fn(&mut S, &S)) -> Option<S> {
        let mut total: Option<S> = None;
        for shard in self.shards.iter() {
            let rows = shard.lock();
            let Some(Some(value)) = rows.get(row.index()) else {
                continue;
            };
            match &mut total {
                None => total = Some(S::clone(value)),
                Some(total) => add(total, value),
            }
        }
        total
    }
}

/// Adds the value of a row.
#[cold]
#[inline(never)]
fn add<S: Default>(rows: &mut Vec<Option<Box<S>>>, row: RowId) {
    let index = row.index();
    if rows.len() <= index {
        rows.resize_with(index + 1, || None);
    }
    rows[index] = Some(Box::default());
}
