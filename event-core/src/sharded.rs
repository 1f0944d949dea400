//! A value for each of several groups of threads, so that threads rarely contend for a lock.
//!
//! The values belong to one owner, not to thread-locals. Nothing must be freed when a thread ends,
//! and dropping the owner drops all values.

use std::fmt;

use crate::sync::{Mutex, OnceBox};
use crate::thread::{SuppressEvents, ThreadId};

/// The maximum number of shards. Threads whose numbers differ by a multiple of it share a shard.
///
/// Models use fewer, because each access to a shard is a step that loom explores.
const SHARDS: usize = if cfg!(event_loom) { 2 } else { 64 };

/// A `T` for each group of threads, created at the first access of the group.
pub(crate) struct Sharded<T: 'static> {
    shards: [OnceBox<Shard<T>>; SHARDS],
}

/// Aligned to two cache lines, because processors fetch them in pairs.
#[repr(align(128))]
#[derive(Default)]
struct Shard<T>(Mutex<T>);

impl<T: 'static> Default for Sharded<T> {
    fn default() -> Self {
        Self {
            shards: [const { OnceBox::new() }; SHARDS],
        }
    }
}

impl<T: Default + 'static> Sharded<T> {
    /// Returns the shard of `thread`.
    #[inline]
    pub(crate) fn of(&self, thread: ThreadId) -> &Mutex<T> {
        let shard = &self.shards[Self::index(thread)];
        match shard.get() {
            Some(shard) => &shard.0,
            None => Self::make(shard),
        }
    }

    #[cold]
    fn make(shard: &OnceBox<Shard<T>>) -> &Mutex<T> {
        let _suppress = SuppressEvents::new(); // an annotated allocator must not re-enter this
        &shard.get_or_init(Box::default).0
    }

    #[inline]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "truncation subtracts a multiple of the number of shards"
    )]
    const fn index(thread: ThreadId) -> usize {
        thread.as_u64() as usize % SHARDS
    }

    /// Returns the shards created so far, in a fixed order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Mutex<T>> {
        let shards = self.shards.iter().filter_map(OnceBox::get);
        shards.map(|shard| &shard.0)
    }
}

impl<T: 'static> fmt::Debug for Sharded<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let made = self.shards.iter().filter(|shard| shard.get().is_some());
        f.debug_struct("Sharded")
            .field("made", &made.count())
            .finish_non_exhaustive()
    }
}
