//! From names to kinds, and from kinds to their entries.

use super::entry::Entry;
use super::{known_names, registry};
use crate::kind::Kind;
use crate::kind::rules::{InvalidKind, check};
use crate::thread::are_events_suppressed;

/// Returns the entry of `kind` if the kind may be enabled on this thread.
pub(crate) fn enabled_entry(kind: Kind) -> Option<&'static Entry> {
    if cfg!(feature = "off") || !registry::has_registrations() || are_events_suppressed() {
        return None;
    }
    let name = kind.as_str();
    let entry = known_names::entry_of(name, || registry::entry(name));
    entry.is_enabled().then_some(entry)
}

impl Kind {
    /// Returns the kind called `name`.
    ///
    /// The name is kept for the rest of the process, once for all calls. For a
    /// name known at compile time, [`Kind::from_static`] moves the check into the compiler.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidKind`] if `name` is empty, has a control character or a `*`, or is
    /// reserved.
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
    pub fn new(name: &str) -> Result<Self, InvalidKind> {
        match check(name) {
            None => Ok(registry::entry(name).kind()),
            Some(rule) => Err(InvalidKind::new(name, rule)),
        }
    }
}

impl From<&'static str> for Kind {
    /// Returns [`Kind::from_static`] of `name`.
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
