//! Scopes between their START and their END, by their ids.
//!
//! Each callback runs while a shard is locked, so it must neither run user code nor use this
//! module.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::ptr;

use event_core::EventId;

use crate::sync::{Lock, Sharded};

const SHARDS: usize = 64;

/// Threads get ids in blocks of this many, so scopes of two threads are rarely in one shard.
const ID_BLOCK: u64 = 1 << 12;

const MAX_SCOPES_PER_SHARD: usize = 1 << 16;

/// The most scopes of a shard that are searched one by one.
const MAX_RECENT: usize = 32;

/// An exporter's value for each open scope.
///
/// A scope that never ends (a leaked future) stays here, so the number of scopes is limited. Beyond
/// the limit new scopes are rejected.
#[derive(Debug)]
pub(crate) struct OpenScopes<T> {
    shards: Box<Sharded<Scopes<T>, SHARDS>>,
}

/// The scopes of a shard.
///
/// Most scopes end in the reverse order of their STARTs, so a scope or its parent is usually the
/// last in `recent`.
#[derive(Debug)]
struct Scopes<T> {
    /// The latest scopes, at most [`MAX_RECENT`].
    recent: Vec<(u64, T)>,
    /// The scopes that were open when `recent` was full.
    older: OlderScopes<T>,
}

type OlderScopes<T> = HashMap<u64, T, BuildHasherDefault<IdHasher>>;

impl<T> Default for Scopes<T> {
    fn default() -> Self {
        Self {
            recent: Vec::new(),
            older: HashMap::default(),
        }
    }
}

impl<T> Scopes<T> {
    /// Adds `scope`; returns it if there are too many.
    #[inline]
    fn add(&mut self, id: EventId, scope: T) -> Result<(), T> {
        if self.recent.len() == self.recent.capacity() && !self.make_room() {
            return Err(scope);
        }
        self.recent.push((id.as_u64(), scope));
        Ok(())
    }

    /// Makes room for a scope in `recent`; returns `false` if there are too many scopes.
    #[cold]
    #[inline(never)]
    fn make_room(&mut self) -> bool {
        if self.recent.len() < MAX_RECENT {
            self.recent.reserve_exact(MAX_RECENT - self.recent.len());
            return true;
        }
        if self.older.len() + self.recent.len() >= MAX_SCOPES_PER_SHARD {
            return false;
        }
        self.older.extend(self.recent.drain(..MAX_RECENT / 2));
        true
    }

    #[inline]
    fn get_mut(&mut self, id: EventId) -> Option<&mut T> {
        find(&mut self.recent, &mut self.older, id)
    }

    #[inline]
    fn remove(&mut self, id: EventId) -> Option<T> {
        match self.recent.last() {
            Some((last, _)) if *last == id.as_u64() => self.recent.pop().map(|(_, scope)| scope),
            _ => self.remove_outer(id),
        }
    }

    #[inline(never)]
    fn remove_outer(&mut self, id: EventId) -> Option<T> {
        let index = self.recent.iter().rposition(|(it, _)| *it == id.as_u64());
        match index {
            Some(index) => Some(self.recent.remove(index).1),
            None => self.older.remove(&id.as_u64()),
        }
    }

    fn values(&self) -> impl Iterator<Item = &T> {
        let recent = self.recent.iter().map(|(_, scope)| scope);
        recent.chain(self.older.values())
    }
}

/// Returns the scope `id` among `recent` and `older` scopes.
#[inline]
fn find<'s, T>(
    recent: &'s mut [(u64, T)],
    older: &'s mut OlderScopes<T>,
    id: EventId,
) -> Option<&'s mut T> {
    let id = id.as_u64();
    let mut recent = recent.iter_mut().rev();
    match recent.find(|(it, _)| *it == id) {
        Some((_, scope)) => Some(scope),
        None if older.is_empty() => None,
        None => older.get_mut(&id),
    }
}

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
    #[inline]
    pub(crate) fn start(
        &self,
        id: EventId,
        parent: Option<EventId>,
        start: impl FnOnce(Option<&mut T>) -> T,
    ) -> Result<(), T> {
        let shard = self.shard(id);
        let parent_shard = parent.map_or(shard, |parent| self.shard(parent));
        let mut scopes = parent_shard.lock();
        let scope = start(parent.and_then(|parent| scopes.get_mut(parent)));
        if !ptr::eq(parent_shard, shard) {
            drop(scopes);
            scopes = shard.lock();
        }
        scopes.add(id, scope)
    }

    /// Calls `end` with the scope, and with its parent if that is open. Removes the scope.
    #[inline]
    pub(crate) fn end<R>(
        &self,
        id: EventId,
        parent: Option<EventId>,
        end: impl FnOnce(&mut T, Option<&mut T>) -> R,
    ) -> Option<R> {
        let shard = self.shard(id);
        let is_near = parent.is_none_or(|parent| ptr::eq(self.shard(parent), shard));
        let mut scopes = shard.lock();
        let is_last = is_near && scopes.recent.last().is_some_and(|it| it.0 == id.as_u64());
        let mut removed = None;
        if !is_last {
            removed = Some(scopes.remove(id)?);
            if let Some(parent) = parent.filter(|_| !is_near) {
                drop(scopes);
                scopes = self.shard(parent).lock();
            }
        }
        let Scopes { recent, older } = &mut *scopes;
        // The last scope is ended where it is stored, because moving it would take longer. `end` is
        // called in one place, so that the compiler inlines it.
        let (scope, outer) = if let Some(removed) = &mut removed {
            (removed, &mut recent[..])
        } else {
            let ((_, last), outer) = recent.split_last_mut()?;
            (last, outer)
        };
        let ended = end(scope, parent.and_then(|parent| find(outer, older, parent)));
        if is_last {
            recent.pop();
        }
        Some(ended)
    }

    /// Adds `scope`; returns `false` if there are too many.
    pub(crate) fn insert(&self, id: EventId, scope: T) -> bool {
        self.shard(id).lock().add(id, scope).is_ok()
    }

    /// Calls `f` with the scope, if it is open.
    pub(crate) fn with<R>(&self, id: EventId, f: impl FnOnce(&mut T) -> R) -> Option<R> {
        self.shard(id).lock().get_mut(id).map(f)
    }

    pub(crate) fn remove(&self, id: EventId) -> Option<T> {
        self.shard(id).lock().remove(id)
    }

    /// Does the same as [`with`](Self::with), but does nothing if the lock is held. In a forked
    /// process, a thread that does not exist there may hold it.
    pub(crate) fn try_with<R>(&self, id: EventId, f: impl FnOnce(&mut T) -> R) -> Option<R> {
        self.shard(id).try_lock()?.get_mut(id).map(f)
    }

    /// Calls `f` with each open scope.
    pub(crate) fn for_each(&self, mut f: impl FnMut(&T)) {
        for shard in self.shards.iter() {
            shard.lock().values().for_each(&mut f);
        }
    }

    fn shard(&self, id: EventId) -> &Lock<Scopes<T>> {
        self.shards.of(shard_number(id))
    }
}

/// Returns a number that is the same for scopes that are in one shard.
#[inline]
pub(crate) const fn shard_number(id: EventId) -> u64 {
    id.as_u64() / ID_BLOCK
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
