//! Kinds: the names of events.
//!
//! [`rules`] is one `const fn`, so that the compiler, the run time and the filters agree on valid names.

pub(crate) mod filter;
pub(crate) mod rules;

use std::fmt;

use rules::check;

/// The kind of an event, such as `"app:parse"`.
///
/// A kind is valid when it is not empty, has no control character and no `*` (which is for
/// [`KindFilter`](crate::KindFilter)s), and does not begin with `numba:` unless it is one of the
/// [built-in](crate::builtin) ones. By convention it is an area and a thing: `"area:thing"`.
///
/// # Examples
///
/// ```
/// use event_core::Kind;
///
/// const PARSE: Kind = Kind::from_static("app:parse"); // a bad kind here does not compile
/// assert_eq!(PARSE, Kind::new("app:parse")?);
/// assert_eq!(PARSE.to_string(), "app:parse");
/// # Ok::<(), event_core::InvalidKind>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Kind(&'static str);

impl Kind {
    /// Returns the kind called `name`, checked by the compiler when used in a `const`.
    ///
    /// # Panics
    ///
    /// Panics when [`Kind::new`] would return an error.
    ///
    /// # Examples
    ///
    /// ```compile_fail
    /// const TYPO: event_core::Kind = event_core::Kind::from_static("numba:typo");
    /// ```
    #[must_use]
    #[track_caller]
    pub const fn from_static(name: &'static str) -> Self {
        match check(name) {
            None => Self(name),
            Some(rule) => panic!("{}", rule.as_str()),
        }
    }

    /// The kind called `name`, which the attribute has checked.
    #[doc(hidden)]
    #[must_use]
    pub const fn checked(name: &'static str) -> Self {
        Self(name)
    }

    /// Returns the kind's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Kind({:?})", self.0)
    }
}
