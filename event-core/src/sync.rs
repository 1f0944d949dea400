//! Every primitive that threads share, in one place, so that a model checker can stand in for them.
//!
//! Nothing else in this crate names `std::sync` or `arc_swap` for shared state.

pub(crate) use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering};
pub(crate) use std::sync::{Arc, Once, OnceLock};

use std::sync::{MutexGuard, PoisonError};

use arc_swap::ArcSwapOption;

use crate::thread::Busy;

/// A mutex whose poison is ignored: what a listener's panic left behind is still whole, because
/// no code of a user's runs while one of these is held.
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

/// A value that many threads read without a shared write, and one replaces under a lock.
#[derive(Debug)]
pub(crate) struct Published<T>(ArcSwapOption<T>);

impl<T> Published<T> {
    pub(crate) fn empty() -> Self {
        Self(ArcSwapOption::const_empty())
    }

    /// Calls `read` with what is published; the value stays alive until `read` returns.
    pub(crate) fn read<R>(&self, read: impl FnOnce(Option<&T>) -> R) -> R {
        // The first look of a thread allocates: an annotated allocator must not look in turn.
        let guard = {
            let _busy = Busy::enter();
            self.0.load()
        };
        read(guard.as_deref())
    }

    /// The published value, shared.
    pub(crate) fn get(&self) -> Option<Arc<T>> {
        self.0.load_full()
    }

    /// Publishes `value` and returns what it replaced, for the caller to drop outside any lock.
    #[must_use = "dropping it may run a listener's `Drop`: do that outside the lock"]
    pub(crate) fn replace(&self, value: Option<Arc<T>>) -> Option<Arc<T>> {
        self.0.swap(value)
    }
}
