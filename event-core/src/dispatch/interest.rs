//! The interest of listeners in a call, and the cell in which each call site caches it.
//!
//! All accesses are `Relaxed`; [`InterestCell::is_enabled`] gives the reason.

use crate::event::site::Site;
use crate::sync::{AtomicU8, OnceRef, Ordering};
use crate::thread::has_local_listeners;

/// The interest of a kind's listeners in a call.
///
/// The numbers of the interests that hold on every thread follow each other, and those in data have
/// the bit [`DATA`], so that a call tests them fast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Interest {
    /// No listener is registered: the call site is disabled.
    Never = 0,
    /// The call site has not been called yet, so it is not registered with its kind.
    Unregistered = 1,
    /// At least one listener is registered, and none wants data.
    NoData = 5,
    /// At least one listener wants the data of STARTs, and none reads it again at the END.
    StartData = 6,
    /// At least one listener is registered that also reads the data of STARTs at the END.
    WithData = 7,
    /// Listeners are registered for one thread only, and others for every thread. The interest
    /// depends on the thread.
    PerThread = 4,
    /// All listeners are registered for one thread only. The call site is disabled on threads
    /// without such a listener.
    LocalOnly = 8,
}

/// The bit of an interest in data, among those that hold on every thread.
const DATA: u8 = 2;

const NEVER: u8 = Interest::Never as u8;
const NO_DATA: u8 = Interest::NoData as u8;
const START_DATA: u8 = Interest::StartData as u8;
const WITH_DATA: u8 = Interest::WithData as u8;
const PER_THREAD: u8 = Interest::PerThread as u8;
const LOCAL_ONLY: u8 = Interest::LocalOnly as u8;

impl Interest {
    pub(crate) const fn from_u8(number: u8) -> Self {
        match number {
            NEVER => Self::Never,
            NO_DATA => Self::NoData,
            START_DATA => Self::StartData,
            WITH_DATA => Self::WithData,
            PER_THREAD => Self::PerThread,
            LOCAL_ONLY => Self::LocalOnly,
            _ => Self::Unregistered,
        }
    }

    /// Returns the interest of a listener with these answers.
    pub(crate) const fn of_listener(wants_data: bool, wants_end_data: bool) -> Self {
        match (wants_data, wants_end_data) {
            (false, _) => Self::NoData,
            (true, false) => Self::StartData,
            (true, true) => Self::WithData,
        }
    }

    /// Returns whether a listener wants data.
    #[inline]
    pub(crate) const fn wants_data(self) -> bool {
        self as u8 & DATA != 0
    }

    /// Returns whether a listener reads the data of STARTs at the END.
    #[inline]
    pub(crate) const fn wants_end_data(self) -> bool {
        matches!(self, Self::WithData)
    }

    /// Returns the interest of two listeners or groups of listeners together. Only for interests
    /// that hold on a thread.
    pub(crate) const fn or(self, other: Self) -> Self {
        if self as u8 > other as u8 {
            self
        } else {
            other
        }
    }
}

/// The cached [`Interest`] of one call site, as a node in the list of its kind's call sites.
pub(crate) struct InterestCell {
    interest: AtomicU8,
    /// The site of the call site. Set when the call site is registered.
    site: OnceRef<'static, Site>,
    /// The call site of the same kind that registered before this one.
    next: OnceRef<'static, Self>,
}

impl InterestCell {
    pub(crate) const fn new() -> Self {
        Self {
            interest: AtomicU8::new(Interest::Unregistered as u8),
            site: OnceRef::new(),
            next: OnceRef::new(),
        }
    }

    /// Returns whether the call site may be enabled, on any thread.
    #[inline]
    pub(crate) fn is_enabled(&self) -> bool {
        // Relaxed: this byte publishes no other data. If a registration happened before this call,
        // coherence guarantees that the load sees its store or a later one. If the registration is
        // concurrent, the call may miss it, as if the call had been made a moment earlier.
        self.interest.load(Ordering::Relaxed) != NEVER
    }

    #[inline]
    pub(crate) fn get(&self) -> Interest {
        // Relaxed: as in `is_enabled`.
        Interest::from_u8(self.interest.load(Ordering::Relaxed))
    }

    /// Returns the interest if it is `NoData`, `StartData` or `WithData`, which hold on every
    /// thread, or `Never` on a thread without local listeners if there are no others. Otherwise
    /// calls `look_up`.
    #[inline(always)]
    pub(super) fn get_or(&self, look_up: impl FnOnce() -> Interest) -> Interest {
        // Relaxed: as in `is_enabled`.
        match self.interest.load(Ordering::Relaxed) {
            interest @ (NO_DATA | START_DATA | WITH_DATA) => Interest::from_u8(interest),
            LOCAL_ONLY if !has_local_listeners() => Interest::Never,
            _ => look_up(),
        }
    }

    pub(super) fn set(&self, interest: Interest) {
        self.interest.store(interest as u8, Ordering::Relaxed);
    }

    pub(super) fn site(&self) -> Option<&'static Site> {
        self.site.get()
    }

    /// Sets the site. Call once.
    pub(super) fn set_site(&self, site: &'static Site) {
        let _ = self.site.set(site);
    }

    pub(super) fn next(&self) -> Option<&'static Self> {
        self.next.get()
    }

    /// Sets the call site that registered before this one. Call once.
    pub(super) fn set_next(&self, next: &'static Self) {
        let _ = self.next.set(next);
    }
}
