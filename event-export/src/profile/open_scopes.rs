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

/// Alone in its cache lines, as its neighbours are other threads'.
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
    /// Remembers the scope that `start` makes, given its parent if that is open; gives it back if there are too
    /// many. `start` is called under a lock.
    pub(crate) fn start(
        &self,
        id: EventId,
        parent: Option<EventId>,
        start: impl FnOnce(Option<&mut T>) -> T,
    ) -> Result<(), T> {
        let place = Self::place(id);
        let Some(parent) = parent else {
            let scope = start(None);
            return add(&mut self.lock(place), id, scope);
        };
        let at = Self::place(parent);
        let mut shard = self.lock(at);
        let scope = start(shard.get_mut(&parent.as_u64()));
        if at != place {
            drop(shard);
            shard = self.lock(place);
        }
        add(&mut shard, id, scope)
    }

    /// Forgets the scope; `end` is called with it, and with its parent if that is open, under a lock.
    pub(crate) fn end<R>(
        &self,
        id: EventId,
        parent: Option<EventId>,
        end: impl FnOnce(T, Option<&mut T>) -> R,
    ) -> Option<R> {
        let place = Self::place(id);
        let mut shard = self.lock(place);
        let scope = shard.remove(&id.as_u64())?;
        let Some(parent) = parent else {
            return Some(end(scope, None));
        };
        let at = Self::place(parent);
        if at != place {
            drop(shard);
            shard = self.lock(at);
        }
        Some(end(scope, shard.get_mut(&parent.as_u64())))
    }

    /// Remembers `scope`; `false` if there are too many.
    pub(crate) fn insert(&self, id: EventId, scope: T) -> bool {
        add(&mut self.lock(Self::place(id)), id, scope).is_ok()
    }

    /// Calls `look` with the scope, if it is open, under a lock.
    pub(crate) fn with<R>(&self, id: EventId, look: impl FnOnce(&mut T) -> R) -> Option<R> {
        let mut shard = self.lock(Self::place(id));
        shard.get_mut(&id.as_u64()).map(look)
    }

    pub(crate) fn remove(&self, id: EventId) -> Option<T> {
        self.lock(Self::place(id)).remove(&id.as_u64())
    }

    /// Calls `look` with each open scope, under a lock.
    pub(crate) fn each(&self, mut look: impl FnMut(&T)) {
        for place in 0..SHARDS {
            self.lock(place).values().for_each(&mut look);
        }
    }

    fn place(id: EventId) -> usize {
        let place = id.as_u64() / ID_BLOCK % SHARDS as u64;
        usize::try_from(place).unwrap_or(0)
    }

    fn lock(&self, place: usize) -> MutexGuard<'_, Shard<T>> {
        let Apart(shard) = &self.shards[place];
        shard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The most scopes of a shard.
const MOST: usize = 1 << 16;

fn add<T>(shard: &mut Shard<T>, id: EventId, scope: T) -> Result<(), T> {
    if shard.len() >= MOST {
        return Err(scope);
    }
    shard.insert(id.as_u64(), scope);
    Ok(())
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
