//! Scopes between their START and their END, by their ids.
//!
//! Each callback runs while a shard is locked, so it must neither run user code nor use this
//! module.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::ptr;
use std::sync::Mutex;

use event_core::EventId;

use crate::sync::{Sharded, lock};

const SHARDS: usize = 64;

/// Threads get ids in blocks of this many, so scopes of two threads are rarely in one shard.
const ID_BLOCK: u64 = 1 << 12;

const MAX_SCOPES_PER_SHARD: usize = 1 << 16;

/// An exporter's value for each open scope.
///
/// A scope that never ends (a leaked future) stays here, so the number of scopes is limited. Beyond
/// the limit new scopes are rejected.
#[derive(Debug)]
pub(crate) struct OpenScopes<T> {
    shards: Box<Sharded<Scopes<T>, SHARDS>>,
}

type Scopes<T> = HashMap<u64, T, BuildHasherDefault<IdHasher>>;

impl<T> Default for OpenScopes<T> {
    fn default() -> Self {
        Self {
            shards: Box::default(),
        }
    }
}

impl<T> OpenScopes<T> {
    /// Adds the scope that `start` returns. `start` gets the parent, if that is open. If there are
    /// too many scopes, the new one is returned.
    pub(crate) fn start(
        &self,
        id: EventId,
        parent: Option<EventId>,
        start: impl FnOnce(Option<&mut T>) -> T,
    ) -> Result<(), T> {
        let shard = self.shard(id);
        let Some(parent) = parent else {
            let scope = start(None);
            return add(&mut lock(shard), id, scope);
        };
        let parent_shard = self.shard(parent);
        let mut scopes = lock(parent_shard);
        let scope = start(scopes.get_mut(&parent.as_u64()));
        if !ptr::eq(parent_shard, shard) {
            drop(scopes);
            scopes = lock(shard);
        }
        add(&mut scopes, id, scope)
    }

    /// Removes the scope. Calls `end` with it, and with its parent if that is open.
    pub(crate) fn end<R>(
        &self,
        id: EventId,
        parent: Option<EventId>,
        end: impl FnOnce(T, Option<&mut T>) -> R,
    ) -> Option<R> {
        let shard = self.shard(id);
        let mut scopes = lock(shard);
        let scope = scopes.remove(&id.as_u64())?;
        let Some(parent) = parent else {
            return Some(end(scope, None));
        };
        let parent_shard = self.shard(parent);
        if !ptr::eq(parent_shard, shard) {
            drop(scopes);
            scopes = lock(parent_shard);
        }
        Some(end(scope, scopes.get_mut(&parent.as_u64())))
    }

    /// Adds `scope`; returns `false` if there are too many.
    pub(crate) fn insert(&self, id: EventId, scope: T) -> bool {
        add(&mut lock(self.shard(id)), id, scope).is_ok()
    }

    /// Calls `f` with the scope, if it is open.
    pub(crate) fn with<R>(&self, id: EventId, f: impl FnOnce(&mut T) -> R) -> Option<R> {
        lock(self.shard(id)).get_mut(&id.as_u64()).map(f)
    }

    pub(crate) fn remove(&self, id: EventId) -> Option<T> {
        lock(self.shard(id)).remove(&id.as_u64())
    }

    /// Calls `f` with each open scope.
    pub(crate) fn for_each(&self, mut f: impl FnMut(&T)) {
        for shard in self.shards.iter() {
            lock(shard).values().for_each(&mut f);
        }
    }

    fn shard(&self, id: EventId) -> &Mutex<Scopes<T>> {
        self.shards.of(id.as_u64() / ID_BLOCK)
    }
}

fn add<T>(scopes: &mut Scopes<T>, id: EventId, scope: T) -> Result<(), T> {
    if scopes.len() >= MAX_SCOPES_PER_SHARD {
        return Err(scope);
    }
    scopes.insert(id.as_u64(), scope);
    Ok(())
}

/// A hasher for ids, which are distinct numbers already.
#[derive(Debug, Default)]
pub(crate) struct IdHasher(u64);

impl Hasher for IdHasher {
    fn write_u64(&mut self, id: u64) {
        // Multiplied by 2^64 divided by the golden ratio: `HashMap` distinguishes the entries of
        // one bucket by the top bits.
        self.0 = id.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }

    fn write(&mut self, _: &[u8]) {}

    fn finish(&self) -> u64 {
        self.0
    }
}
