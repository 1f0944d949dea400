//! Every primitive that threads share, in one place, so that a model checker can stand in for them.
//!
//! Nothing else in this crate names `std::sync` for shared state.

pub(crate) use std::sync::atomic::{
    AtomicBool, AtomicPtr, AtomicU8, AtomicU64, AtomicUsize, Ordering,
};
pub(crate) use std::sync::{Arc, MutexGuard, Once, OnceLock};
pub(crate) use std::thread_local;

pub(crate) use once_cell::race::{OnceBox, OnceRef};

use std::sync::PoisonError;

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
