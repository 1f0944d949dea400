//! The innermost scope of this thread that belongs to a trace.
//!
//! The current scope may be one that only other listeners have received. It then belongs to the
//! trace of this one. Handles carry it to other threads and tasks, with the current scope.

use std::cell::RefCell;

use event_core::__private::{carried, set_carried};
use event_core::EventId;

thread_local! {
    // The futures that this thread polls, and the innermost scope before each. Several threads may
    // poll futures of one open event. It has a destructor. After it has run, no poll changes the
    // innermost scope.
    static POLLS: RefCell<Vec<(EventId, Nearest)>> = const { RefCell::new(Vec::new()) };
}

/// The innermost scope, or none.
///
/// The scopes of a trace that is not exported share one value, that of the outermost one. So the
/// exporter need not know the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Nearest(u64);

/// The lowest bit of every id of a scope. It is not set for a trace that is not exported.
const EXPORTED: u64 = 1;

/// The bit that is set if the exporter keeps the outermost scope of a trace that is not exported.
const KNOWN: u64 = 1 << 63;

impl Nearest {
    pub(crate) const NONE: Self = Self(0);

    /// Returns the value for a scope that an exporter knows.
    #[inline]
    pub(crate) fn scope(scope: EventId) -> Self {
        Self(scope.to_bits())
    }

    /// Returns the value for the trace of `outermost`, which is not exported. `is_known` states
    /// whether the exporter knows the scope.
    #[inline]
    pub(crate) fn not_exported(outermost: EventId, is_known: bool) -> Self {
        let known = if is_known { KNOWN } else { 0 };
        Self((outermost.to_bits() & !EXPORTED) | known)
    }

    #[inline]
    pub(crate) fn is_not_exported(self) -> bool {
        self.0 & EXPORTED == 0 && self.0 != 0
    }

    /// Returns the scope, or the outermost one of a trace that is not exported.
    #[inline]
    pub(crate) fn id(self) -> Option<EventId> {
        match self.0 & !KNOWN {
            0 => None,
            bits => EventId::from_bits(bits | EXPORTED),
        }
    }

    /// Returns whether the value is that of `scope`.
    #[inline]
    pub(crate) fn is_of(self, scope: EventId) -> bool {
        (self.0 & !KNOWN) | EXPORTED == scope.to_bits()
    }

    /// Returns the word that handles carry.
    pub(crate) const fn word(self) -> u64 {
        self.0
    }
}

/// Returns the innermost scope.
#[inline]
pub(crate) fn get() -> Nearest {
    Nearest(carried())
}

/// Sets the innermost scope.
#[inline]
pub(crate) fn set(scope: Nearest) {
    set_carried(scope.word());
}

/// Makes `scope` the innermost one until the poll of `future` on this thread ends.
pub(crate) fn start_poll(future: EventId, scope: Nearest) {
    let before = get();
    if POLLS
        .try_with(|polls| polls.borrow_mut().push((future, before)))
        .is_ok()
    {
        set(scope);
    }
}

/// Restores the innermost scope before the poll of `future` on this thread, if there is one.
pub(crate) fn end_poll(future: EventId) {
    let ended = POLLS.try_with(|polls| {
        let mut polls = polls.borrow_mut();
        let index = polls.iter().rposition(|(polled, _)| *polled == future)?;
        Some(polls.remove(index))
    });
    if let Ok(Some((_, before))) = ended {
        if get().id() == Some(future) {
            set(before);
        }
    }
}
