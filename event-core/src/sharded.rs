//! Shards: what threads write, each in a place of its own, so that they seldom wait for each other.
//!
//! There is no thread-local, and so nothing that would have to be freed when a thread ends, and
//! nothing that stays when the owner is gone.

use std::fmt;

use crate::sync::{Mutex, OnceBox};
use crate::thread::{Busy, ThreadId};

/// How many there are at the most; threads whose numbers differ by a multiple share one.
///
/// Few in the models, whose every look at one of them is a step.
const SHARDS: usize = if cfg!(event_loom) { 2 } else { 64 };

/// A `T` for each of so many threads, made when the first of them comes.
pub(crate) struct Shards<T: 'static> {
    shards: [OnceBox<Shard<T>>; SHARDS],
}

/// Two lines of the cache, as processors fetch them in pairs.
#[repr(align(128))]
#[derive(Default)]
struct Shard<T>(Mutex<T>);

impl<T: 'static> Default for Shards<T> {
    fn default() -> Self {
        Self {
            shards: [const { OnceBox::new() }; SHARDS],
        }
    }
}

impl<T: Default + 'static> Shards<T> {
    /// The shard of `thread`.
    #[inline]
    pub(crate) fn of(&self, thread: ThreadId) -> &Mutex<T> {
        let shard = &self.shards[Self::place(thread)];
        match shard.get() {
            Some(shard) => &shard.0,
            None => Self::first(shard),
        }
    }

    #[cold]
    fn first(shard: &OnceBox<Shard<T>>) -> &Mutex<T> {
        let _busy = Busy::enter(); // an annotated allocator must not come here in turn
        &shard.get_or_init(Box::default).0
    }

    #[inline]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "what is cut off is a multiple of the number of shards"
    )]
    const fn place(thread: ThreadId) -> usize {
        thread.as_u64() as usize % SHARDS
    }

    /// Those that there are, in a fixed order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Mutex<T>> {
        let shards = self.shards.iter().filter_map(OnceBox::get);
        shards.map(|shard| &shard.0)
    }
}

impl<T: 'static> fmt::Debug for Shards<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let made = self.shards.iter().filter(|shard| shard.get().is_some());
        f.debug_struct("Shards")
            .field("made", &made.count())
            .finish_non_exhaustive()
    }
}
