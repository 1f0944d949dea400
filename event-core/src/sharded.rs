//! A value for each of several groups of threads, so that threads rarely contend for a lock.
//!
//! The values belong to one owner, not to thread-locals. Nothing must be freed when a thread ends,
//! and dropping the owner drops all values.

use std::fmt;

use crate::lock::Lock;
use crate::sync::OnceBox;
use crate::thread::{SuppressEvents, ThreadId};

/// The maximum number of shards. Threads whose numbers differ by a multiple of it share a shard.
///
/// Models use fewer, because each access to a shard is a step that loom explores.
const SHARDS: usize = if cfg!(event_loom) { 2 } else { 64 };

/// A `T` for each group of threads, created at the first access of the group.
pub(crate) struct Sharded<T: 'static> {
    shards: [OnceBox<Shard<T>>; SHARDS],
    /// Makes the `T` of a group.
    make: Box<dyn Fn() -> T + Send + Sync>,
}

/// Aligned to two cache lines, because processors fetch them in pairs.
#[repr(align(128))]
struct Shard<T>(Lock<T>);

impl<T: Default + 'static> Default for Sharded<T> {
    fn default() -> Self {
        Self::new(T::default)
    }
}

impl<T: 'static> Sharded<T> {
    /// Returns shards whose values `make` makes.
    pub(crate) fn new(make: impl Fn() -> T + Send + Sync + 'static) -> Self {
        Self {
            shards: [const { OnceBox::new() }; SHARDS],
            make: Box::new(make),
        }
    }

    /// Returns the shard of `thread`.
    #[inline]
    pub(crate) fn of(&self, thread: ThreadId) -> &Lock<T> {
        let shard = &self.shards[Self::index(thread)];
        match shard.get() {
            Some(shard) => &shard.0,
            None => self.make(shard),
        }
    }

    #[cold]
    fn make<'s>(&self, shard: &'s OnceBox<Shard<T>>) -> &'s Lock<T> {
        let _suppress = SuppressEvents::new(); // an annotated allocator must not re-enter this
        &shard
            .get_or_init(|| Box::new(Shard(Lock::new((self.make)()))))
            .0
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
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Lock<T>> {
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
