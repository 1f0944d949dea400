//! Finds or creates the entry of a kind, and creates [`Kind`]s from names.
//!
//! The conversions are here, not in `kind`, because they need the entries.

use super::entry::Entry;
use super::{known_names, registry};
use crate::kind::Kind;
use crate::kind::rules::{InvalidKind, check};
use crate::thread::are_events_suppressed;

/// Returns the entry of `kind` if its events without a call site may be enabled on this thread.
pub(crate) fn enabled_entry(kind: Kind) -> Option<&'static Entry> {
    entry_if_any(kind).filter(|entry| entry.is_enabled())
}

/// Returns the entry of `kind`, unless no listener is registered at all, or events are suppressed
/// on this thread.
#[inline]
pub(crate) fn entry_if_any(kind: Kind) -> Option<&'static Entry> {
    if cfg!(feature = "off") || !registry::has_registrations() || are_events_suppressed() {
        return None;
    }
    let name = kind.as_str();
    Some(known_names::entry_of(name, || registry::used_entry(name)))
}

impl Kind {
    /// Returns the kind called `name`.
    ///
    /// The first call with a name stores the name for the rest of the process. For a name that is
    /// known at compile time, [`Kind::from_static`] checks the name at compile time.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidKind`] if `name` is empty, is reserved, or contains a `*` or a control or
    /// invisible character.
    ///
    /// # Examples
    ///
    /// ```
    /// use event_core::Kind;
    ///
    /// assert_eq!(Kind::new("db:query")?.as_str(), "db:query");
    /// assert!(Kind::new("numba:nothing").is_err());
    /// # Ok::<(), event_core::InvalidKind>(())
    /// ```
    pub fn new(name: impl AsRef<str>) -> Result<Self, InvalidKind> {
        let name = name.as_ref();
        match check(name) {
            None => Ok(registry::entry(name).kind()),
            Some(rule) => Err(InvalidKind::new(name, rule)),
        }
    }
}

impl From<&'static str> for Kind {
    /// Returns the kind called `name`, as [`Kind::from_static`] does.
    ///
    /// # Panics
    ///
    /// Panics if `name` is not a valid kind.
    #[track_caller]
    fn from(name: &'static str) -> Self {
        if known_names::contains(name) {
            return Self::checked(name);
        }
        match check(name) {
            None => known_names::insert(name),
            Some(rule) => panic!("{}", InvalidKind::new(name, rule)),
        }
        Self::checked(name)
    }
}
