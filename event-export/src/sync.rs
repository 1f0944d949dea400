//! Locks, and state that is split into shards so that threads rarely wait for each other.
//!
//! Poisoning is ignored: a panic in one listener must not disable the exporters.

// `portable-atomic` uses locks where the target has no such instructions.
#[cfg(any(event_bare_target, not(target_has_atomic = "64")))]
pub(crate) use portable_atomic::AtomicU64;
#[cfg(not(any(event_bare_target, not(target_has_atomic = "64"))))]
pub(crate) use std::sync::atomic::AtomicU64;

use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

pub(crate) use event_core::__private::Lock;

pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn read<T: ?Sized>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn write<T: ?Sized>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

/// `N` locks, each on cache lines of its own.
#[derive(Debug)]
pub(crate) struct Sharded<T, const N: usize>([CacheAligned<Lock<T>>; N]);

/// 128 bytes: processors fetch cache lines of 64 bytes in pairs.
#[derive(Debug)]
#[repr(align(128))]
struct CacheAligned<T>(T);

impl<T: Default, const N: usize> Default for Sharded<T, N> {
    fn default() -> Self {
        Self(std::array::from_fn(|_| CacheAligned(Lock::default())))
    }
}

impl<T, const N: usize> Sharded<T, N> {
    /// Returns the shard for `number`. Consecutive numbers, such as those of threads, have
    /// different shards.
    #[inline]
    pub(crate) fn of(&self, number: u64) -> &Lock<T> {
        let shard = usize::try_from(number % N as u64).unwrap_or_default();
        &self.0[shard].0
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Lock<T>> {
        self.0.iter().map(|shard| &shard.0)
    }
}
