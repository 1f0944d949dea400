//! Kinds of events, and filters that match kinds and names.
//!
//! [`rules`] checks names in a `const fn`, so that the same rules hold at compile time and at run
//! time.

pub(crate) mod filter;
pub(crate) mod function_name;
pub(crate) mod name_filter;
pub(crate) mod rules;

use std::fmt;

use rules::{check, is_reserved};

/// The kind of an event, such as `"app:parse"`.
///
/// A kind is valid if it is not empty and contains neither a control or invisible character nor a
/// `*`, which is reserved for [`KindFilter`](crate::KindFilter)s. It must not begin with `numba:`,
/// unless it is one of the [built-in](crate::builtin) kinds. By convention, a kind names an area
/// and a thing in it: `"area:thing"`.
///
/// Invisible characters are also the separators of lines and paragraphs, and the marks that change
/// the direction of text. The joiners U+200C and U+200D are allowed, because scripts and emoji need
/// them.
///
/// # Examples
///
/// ```
/// use event_core::Kind;
///
/// const PARSE: Kind = Kind::from_static("app:parse"); // an invalid kind does not compile here
/// assert_eq!(PARSE, Kind::new("app:parse")?);
/// assert_eq!(PARSE.to_string(), "app:parse");
/// # Ok::<(), event_core::InvalidKind>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Kind(&'static str);

impl Kind {
    /// Returns the kind called `name`. In a `const`, the compiler checks the name.
    ///
    /// # Panics
    ///
    /// Panics if `name` is not a valid kind.
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

    /// Returns the kind called `name` without a check. The macros check the name before they expand
    /// to this.
    #[doc(hidden)]
    #[must_use]
    pub const fn checked(name: &'static str) -> Self {
        Self(name)
    }

    /// Returns the kind of a function whose attribute has no kind: the path of its module.
    ///
    /// # Panics
    ///
    /// Panics if the path begins with `numba:`. This is so in each module of a crate called
    /// `numba`, except its root.
    #[doc(hidden)]
    #[must_use]
    pub const fn of_module(module_path: &'static str) -> Self {
        // Paths consist of identifiers, so that no other rule can be broken.
        assert!(
            !is_reserved(module_path),
            "the path of this module begins with `numba:`, which is reserved for the kinds of \
             Numba; write a kind, as in `#[trigger_event(\"app:parse\")]`"
        );
        Self(module_path)
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
