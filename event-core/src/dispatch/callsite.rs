//! Call sites: one static for each annotated function.
//!
//! A call site caches the interest of its listeners. A disabled call reads this one byte only.

use std::fmt;

use super::entry::Entry;
use super::interest::Interest;
use super::interest_cell::InterestCell;
use super::registry;
use crate::event::site::Site;
use crate::kind::Kind;
use crate::sync::OnceRef;
use crate::thread::are_events_suppressed;
use crate::value::data::Keys;

/// The static behind an annotated function: its [`Site`], and its registration with its kind.
#[repr(C)] // the site first: an event's reference to it needs no address computation
pub struct Callsite {
    site: Site,
    /// The entry of the site's kind. Set when the call site is registered.
    entry: OnceRef<'static, Entry>,
    /// The only field that a disabled call reads.
    interest: InterestCell,
}

impl Callsite {
    /// Creates the call site of the function `function`, whose events have `kind` and data with
    /// `keys`.
    #[must_use]
    pub const fn new(
        kind: Kind,
        function: &'static str,
        module_path: &'static str,
        position: (&'static str, u32, u32),
        keys: Keys,
    ) -> Self {
        Self {
            interest: InterestCell::new(),
            site: Site::new(kind, function, module_path, position, keys),
            entry: OnceRef::new(),
        }
    }

    /// Creates the call site of a macro at `position`, whose events have `kind`.
    #[must_use]
    pub const fn of_macro(kind: Kind, position: (&'static str, u32, u32)) -> Self {
        Self::new(kind, kind.as_str(), "", position, &[])
    }

    /// Creates a call site that is disabled, whatever listeners are registered.
    pub(crate) const fn disabled() -> Self {
        Self {
            interest: InterestCell::disabled(),
            site: Site::new(Kind::checked("-"), "-", "", ("", 0, 0), &[]),
            entry: OnceRef::new(),
        }
    }

    /// Marks this call site as one of a function whose scopes are futures.
    #[must_use]
    pub const fn for_futures(mut self) -> Self {
        self.site.set_async();
        self
    }

    /// Sets the function that returns the name of a type in the function's body, from which
    /// [`Site::path`] is computed.
    #[must_use]
    pub const fn with_type_name(mut self, type_name: fn() -> &'static str) -> Self {
        self.site.set_type_name(type_name);
        self
    }

    /// Sets the name that replaces [`Site::path`].
    #[must_use]
    pub const fn with_name(mut self, name: &'static str) -> Self {
        self.site.set_name(name);
        self
    }

    #[inline]
    pub(crate) const fn site(&'static self) -> &'static Site {
        &self.site
    }

    /// Returns whether the next call may be enabled, on any thread.
    #[inline]
    pub fn is_enabled(&'static self) -> bool {
        self.interest.is_enabled()
    }

    /// Returns the interest in a call on this thread; `None` if the call is disabled. Call only if
    /// the call site may be enabled.
    #[inline]
    pub(crate) fn interest(&'static self) -> Option<Interest> {
        if are_events_suppressed() {
            return None;
        }
        self.interest.get_or(|| self.interest_here())
    }

    /// Does the same as [`interest`](Self::interest), but may return an interest while events are
    /// suppressed. The caller checks that itself, before it runs user code.
    #[cfg_attr(debug_assertions, inline(never))] // as `capture` in arity.rs
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn interest_unless_suppressed(&'static self) -> Option<Interest> {
        self.interest.get_or(|| self.interest_if_allowed())
    }

    #[cold]
    #[inline(never)]
    fn interest_if_allowed(&'static self) -> Option<Interest> {
        self.interest()
    }

    #[cold]
    fn interest_here(&'static self) -> Option<Interest> {
        let entry = self.entry(); // first, because it sets the interest of an unregistered site
        entry.interest_on_thread(self.interest.get(), Some(&self.site))
    }

    /// Returns the entry of this call site's kind, and registers the call site if necessary. Do not
    /// call this while events are suppressed: the thread may then hold the registry's lock already.
    #[inline]
    pub(crate) fn entry(&'static self) -> &'static Entry {
        match self.entry.get() {
            Some(entry) => entry,
            None => self.register(),
        }
    }

    /// Returns the entry of this call site's kind, if the call site is registered.
    #[inline]
    pub(crate) fn known_entry(&'static self) -> Option<&'static Entry> {
        self.entry.get()
    }

    #[cold]
    fn register(&'static self) -> &'static Entry {
        registry::with_entry(self.site.kind(), |entry| {
            if self.entry.get().is_none() {
                // The interest is set before `entry`, and `entry.set` releases both. A thread that
                // finds `entry` set also sees the interest. A thread that finds `entry` unset calls
                // `register` and waits for the lock.
                entry.add_call_site(&self.site, &self.interest);
                let _ = self.entry.set(entry);
            }
        });
        self.entry
            .get()
            .expect("a registered call site has an entry")
    }
}

impl fmt::Debug for Callsite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Callsite").field(&self.site).finish()
    }
}
