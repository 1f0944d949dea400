//! The primitives of the standard library and `once_cell`.

// `portable-atomic` uses locks where the target has no such instructions.
#[cfg(any(event_bare_target, not(target_has_atomic = "64")))]
pub(crate) use portable_atomic::AtomicU64;
#[cfg(not(any(event_bare_target, not(target_has_atomic = "64"))))]
pub(crate) use std::sync::atomic::AtomicU64;
pub(crate) use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU8, AtomicUsize, Ordering};
pub(crate) use std::sync::{Arc, MutexGuard, Once};
pub(crate) use std::thread_local;
#[cfg(not(any(event_bare_target, all(target_family = "wasm", target_os = "unknown"))))]
pub(crate) use {AtomicU64 as ClockU64, std::sync::OnceLock}; // of the clock

pub(crate) use once_cell::race::{OnceBox, OnceRef};

use std::sync::{Condvar, PoisonError};

/// A mutex that ignores poison. Its value is consistent even after a panic, because no user code
/// runs while the lock is held.
#[derive(Debug, Default)]
pub(crate) struct Mutex<T: ?Sized>(std::sync::Mutex<T>);

impl<T> Mutex<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(std::sync::Mutex::new(value))
    }

    pub(crate) fn into_inner(self) -> T {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: ?Sized> Mutex<T> {
    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The threads that wait for a condition that no lock protects.
#[derive(Debug)]
pub(crate) struct Parking {
    mutex: std::sync::Mutex<()>,
    changed: Condvar,
}

impl Parking {
    pub(crate) const fn new() -> Self {
        Self {
            mutex: std::sync::Mutex::new(()),
            changed: Condvar::new(),
        }
    }

    /// Calls `condition` until it returns true, and waits after each other call. It is called with
    /// the mutex held.
    pub(crate) fn wait_until(&self, mut condition: impl FnMut() -> bool) {
        let mut guard = self.mutex.lock().unwrap_or_else(PoisonError::into_inner);
        while !condition() {
            let woken = self.changed.wait(guard);
            guard = woken.unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Wakes one of the threads that wait.
    #[cold]
    pub(crate) fn wake_one(&self) {
        drop(self.mutex.lock());
        self.changed.notify_one();
    }
}
