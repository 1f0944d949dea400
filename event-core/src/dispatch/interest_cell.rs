//! The cell in which each call site caches the interest of its listeners.
//!
//! All accesses are `Relaxed`; [`InterestCell::is_enabled`] gives the reason.

use super::interest::{Interest, NO_DATA, START_DATA, WITH_DATA};
use crate::event::site::Site;
use crate::sync::{AtomicU8, OnceRef, Ordering};
use crate::thread::has_session;

/// The interest of a kind's listeners in a call, for all threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum CachedInterest {
    /// No listener is registered: the call site is disabled.
    Never = 0,
    /// The call site has not been called yet, so it is not registered with its kind.
    Unregistered = 1,
    /// The levels of [`Interest`], which hold on every thread.
    NoData = NO_DATA,
    StartData = START_DATA,
    WithData = WITH_DATA,
    /// Local listeners are registered, and others for every thread. The interest depends on the
    /// session.
    PerSession = 2,
    /// All listeners are local. The call site is disabled outside their sessions.
    LocalOnly = 8,
}

/// The bit of the levels of [`Interest`], which none of the other numbers has.
const LEVEL: u8 = NO_DATA & START_DATA & WITH_DATA;

const NEVER: u8 = CachedInterest::Never as u8;
const PER_SESSION: u8 = CachedInterest::PerSession as u8;
const LOCAL_ONLY: u8 = CachedInterest::LocalOnly as u8;

impl CachedInterest {
    pub(super) const fn from_u8(number: u8) -> Self {
        match number {
            NEVER => Self::Never,
            NO_DATA => Self::NoData,
            START_DATA => Self::StartData,
            WITH_DATA => Self::WithData,
            PER_SESSION => Self::PerSession,
            LOCAL_ONLY => Self::LocalOnly,
            _ => Self::Unregistered,
        }
    }
}

/// The cached interest of one call site, as a node in the list of its kind's call sites.
pub(crate) struct InterestCell {
    interest: AtomicU8,
    /// The site of the call site. Set when the call site is registered.
    site: OnceRef<'static, Site>,
    /// The call site of the same kind that registered before this one.
    next: OnceRef<'static, Self>,
}

impl InterestCell {
    pub(crate) const fn new() -> Self {
        Self::of(CachedInterest::Unregistered)
    }

    /// Returns the cell of a call site that is never registered.
    pub(crate) const fn disabled() -> Self {
        Self::of(CachedInterest::Never)
    }

    const fn of(interest: CachedInterest) -> Self {
        Self {
            interest: AtomicU8::new(interest as u8),
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
    pub(crate) fn get(&self) -> CachedInterest {
        // Relaxed: as in `is_enabled`.
        CachedInterest::from_u8(self.interest.load(Ordering::Relaxed))
    }

    /// Returns the interest if it holds on every thread, or `None` outside all sessions if all
    /// listeners are local. Otherwise calls `look_up`.
    #[inline(always)]
    pub(super) fn get_or(&self, look_up: impl FnOnce() -> Option<Interest>) -> Option<Interest> {
        // Relaxed: as in `is_enabled`.
        match self.interest.load(Ordering::Relaxed) {
            level if level & LEVEL != 0 => Interest::of_level(level),
            LOCAL_ONLY if !has_session() => None,
            _ => look_up(),
        }
    }

    pub(super) fn set(&self, interest: CachedInterest) {
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
