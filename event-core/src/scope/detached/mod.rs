//! A scope that may end after the function that started it, and on another thread.
//!
//! It owns its data. Its state comes from a pool, so that scopes allocate only until the pools of
//! the threads have enough states.

pub(crate) mod polls;
mod pool;
mod state;

use std::fmt;

use super::Place;
use crate::dispatch::interest::Interest;
use crate::thread::EventId;
use crate::value::data::Data;
pub(super) use state::{PendingStart, State};

/// The scope of a guard, a future or an open event; or none, if that is disabled.
///
/// Dropping it broadcasts nothing.
#[derive(Default)]
#[repr(transparent)] // a pointer, which an `extern "C"` function can return
pub(crate) struct DetachedScope(Option<Box<State>>);

impl DetachedScope {
    /// No scope.
    pub(crate) const NONE: Self = Self(None);

    /// Returns a scope that has not started.
    #[inline(always)]
    pub(crate) fn new() -> Self {
        Self(Some(pool::take()))
    }

    /// Broadcasts the START of a new scope, and keeps its data if `keeps`. Returns no scope if no
    /// listener received the START.
    #[inline(always)]
    pub(crate) fn start(place: Place, interest: Interest, keeps: bool, data: &Data<'_>) -> Self {
        let mut this = Self::new();
        let state = this.0.as_mut();
        if state.is_some_and(|state| state.start(place, interest, keeps, data)) {
            this
        } else {
            Self::NONE
        }
    }

    #[inline]
    pub(crate) const fn is_some(&self) -> bool {
        self.0.is_some()
    }

    #[inline]
    pub(in crate::scope) fn state(&self) -> Option<&State> {
        self.0.as_deref()
    }

    #[inline]
    pub(in crate::scope) fn state_mut(&mut self) -> Option<&mut State> {
        self.0.as_deref_mut()
    }

    /// Returns the state to the pool, as dropping does, but without a call.
    #[inline(always)]
    pub(in crate::scope) fn recycle(mut self) {
        if let Some(state) = self.0.take() {
            pool::recycle_inlined(state);
        }
    }

    /// Returns the id of the scope, if a listener received its START.
    #[inline]
    pub(crate) fn id(&self) -> Option<EventId> {
        self.state()?.id()
    }
}

impl Drop for DetachedScope {
    /// Returns the state to the pool.
    #[inline]
    fn drop(&mut self) {
        if let Some(state) = self.0.take() {
            pool::recycle(state);
        }
    }
}

impl fmt::Debug for DetachedScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scope = self.state().and_then(|state| state.started.scope.as_ref());
        f.debug_tuple("DetachedScope").field(&scope).finish()
    }
}
