//! Values that are kept by the id of a scope, because a handle carries only the id.
//!
//! Threads take ids in blocks, and each block belongs to one shard, so threads seldom share a
//! shard. A lookup reads one flag while no value was ever kept, and then the count of its shard.

use std::collections::BTreeMap;

use crate::sync::{AtomicBool, AtomicUsize, Mutex, Ordering};
use crate::thread::{EventId, SuppressEvents};

/// The number of shards.
const SHARDS: usize = 64;

/// The maximum number of scopes in a shard. The oldest scope is removed first. It is reached only
/// by scopes that are leaked, or that have ended before their value is kept.
const MAX_SCOPES: usize = 1 << 13;

/// A table from scopes to values.
pub(super) struct ByScope<T> {
    /// Whether a value was ever kept.
    was_used: AtomicBool,
    shards: [Shard<T>; SHARDS],
}

struct Shard<T> {
    /// The number of scopes in `scopes`.
    count: AtomicUsize,
    scopes: Mutex<BTreeMap<EventId, T>>,
}

impl<T> ByScope<T> {
    pub(super) const fn new() -> Self {
        Self {
            was_used: AtomicBool::new(false),
            shards: [const { Shard::new() }; SHARDS],
        }
    }

    /// Returns whether the scope may have a value.
    #[inline]
    pub(super) fn may_have(&self, id: EventId) -> bool {
        // Relaxed: as in `Shard::change`.
        self.was_used.load(Ordering::Relaxed) && self.shard(id).count.load(Ordering::Relaxed) != 0
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "it is less than `SHARDS`")]
    fn shard(&self, id: EventId) -> &Shard<T> {
        &self.shards[(id.block() % SHARDS as u64) as usize]
    }

    /// Changes the value of the scope, which is the default at first. The returned value is dropped
    /// after the lock is released, so the caller may return what must not be dropped under it.
    #[cold]
    pub(super) fn update<R>(&self, id: EventId, update: impl FnOnce(&mut T) -> R) -> R
    where
        T: Default,
    {
        // Relaxed: as in `Shard::change`. It is stored once, so that its cache line stays shared.
        if !self.was_used.load(Ordering::Relaxed) {
            self.was_used.store(true, Ordering::Relaxed);
        }
        self.shard(id).update(id, update)
    }

    /// Returns a copy of the value.
    #[cold]
    #[inline(never)]
    pub(super) fn get(&self, id: EventId) -> Option<T>
    where
        T: Clone,
    {
        self.shard(id).change(|scopes| scopes.get(&id).cloned())
    }

    /// Removes the value.
    #[cold]
    #[inline(never)]
    pub(super) fn take(&self, id: EventId) -> Option<T> {
        self.shard(id).change(|scopes| scopes.remove(&id))
    }
}

impl<T> Shard<T> {
    const fn new() -> Self {
        Self {
            count: AtomicUsize::new(0),
            scopes: Mutex::new(BTreeMap::new()),
        }
    }

    fn update<R>(&self, id: EventId, update: impl FnOnce(&mut T) -> R) -> R
    where
        T: Default,
    {
        let (result, removed) = self.change(|scopes| {
            let result = update(scopes.entry(id).or_default());
            let removed = (scopes.len() > MAX_SCOPES).then(|| scopes.pop_first());
            (result, removed)
        });
        drop(removed); // after unlocking: a value may have a `Drop` that triggers events
        result
    }

    /// Calls `change` with the scopes, and counts them.
    fn change<R>(&self, change: impl FnOnce(&mut BTreeMap<EventId, T>) -> R) -> R {
        let _suppress = SuppressEvents::new(); // an annotated allocator would deadlock on the lock
        let mut scopes = self.scopes.lock();
        let result = change(&mut scopes);
        // Relaxed: code that must see the value runs after it was kept, so it sees this count or a
        // later one. It then takes the lock.
        self.count.store(scopes.len(), Ordering::Relaxed);
        result
    }
}

#[cfg(all(test, not(event_loom)))]
mod tests {
    use super::*;
    use crate::event::Event;
    use crate::event::status::EventStatus;

    #[test]
    fn oldest_scope_is_removed_beyond_the_limit() {
        let shard = Shard::new();
        let new_id = || Event::new("by_scope:limit", EventStatus::Start).id();
        let (first, second) = (new_id(), new_id());
        for id in [first, second]
            .into_iter()
            .chain((1..MAX_SCOPES).map(|_| new_id()))
        {
            shard.update(id, |value| *value = 1);
        }
        assert_eq!(shard.count.load(Ordering::Relaxed), MAX_SCOPES);
        assert_eq!(shard.change(|scopes| scopes.remove(&first)), None);
        assert_eq!(shard.change(|scopes| scopes.remove(&second)), Some(1));
        assert_eq!(shard.count.load(Ordering::Relaxed), MAX_SCOPES - 1);
    }
}
