//! Scopes between their START and their END, by their ids.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Mutex, MutexGuard, PoisonError};

use event_core::EventId;

const SHARDS: usize = 64;

/// Ids are given to threads in blocks of this many, so scopes of two threads are hardly ever in one shard.
const ID_BLOCK: u64 = 1 << 12;

/// What is remembered of each open scope.
///
/// A scope that never ends (a future that is leaked) stays for ever; beyond a limit no more are taken.
#[derive(Debug)]
pub(crate) struct OpenScopes<T> {
    shards: Box<[Apart<T>]>,
}

/// On cache lines of its own, as neighbours are other threads'.
#[derive(Debug)]
#[repr(align(128))]
struct Apart<T>(Mutex<Shard<T>>);

type Shard<T> = HashMap<u64, T, BuildHasherDefault<IdHasher>>;

impl<T> Default for OpenScopes<T> {
    fn default() -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Apart(Mutex::default())).collect(),
        }
    }
}

impl<T> OpenScopes<T> {
    /// The most scopes of a shard.
    const MOST: usize = 1 << 16;

    /// Remembers `scope`; `false` if there are too many.
    pub(crate) fn insert(&self, id: EventId, scope: T) -> bool {
        let mut shard = self.shard(id);
        let has_room = shard.len() < Self::MOST;
        if has_room {
            shard.insert(id.as_u64(), scope);
        }
        has_room
    }

    /// Calls `look` with the scope, if it is open, under a lock.
    pub(crate) fn with<R>(&self, id: EventId, look: impl FnOnce(&mut T) -> R) -> Option<R> {
        self.shard(id).get_mut(&id.as_u64()).map(look)
    }

    pub(crate) fn remove(&self, id: EventId) -> Option<T> {
        self.shard(id).remove(&id.as_u64())
    }

    /// Calls `look` with each scope that is open, under a lock.
    #[cfg(feature = "flame")]
    pub(crate) fn each(&self, mut look: impl FnMut(&T)) {
        for shard in &self.shards {
            lock(shard).values().for_each(&mut look);
        }
    }

    fn shard(&self, id: EventId) -> MutexGuard<'_, Shard<T>> {
        let shard = id.as_u64() / ID_BLOCK % SHARDS as u64;
        lock(&self.shards[usize::try_from(shard).unwrap_or(0)])
    }
}

fn lock<T>(shard: &Apart<T>) -> MutexGuard<'_, Shard<T>> {
    shard.0.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ids are distinct numbers already.
#[derive(Debug, Default)]
pub(crate) struct IdHasher(u64);

impl Hasher for IdHasher {
    fn write_u64(&mut self, id: u64) {
        // By 2^64 divided by the golden ratio, so that the top bits, by which a map tells entries apart, differ.
        self.0 = id.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }

    fn write(&mut self, _: &[u8]) {}

    fn finish(&self) -> u64 {
        self.0
    }
}
