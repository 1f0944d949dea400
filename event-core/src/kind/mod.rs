//! Kinds: what events are called, and which names are good.
//!
//! The rules are one `const fn`, so that the compiler, the run time and the filters cannot differ.

pub(crate) mod filter;

use std::error::Error;
use std::fmt;

use crate::builtin;
use crate::dispatch::entry::{self, Entry};
use crate::dispatch::registry;

/// What starts the names that are reserved for the built-in kinds.
const RESERVED: &str = "numba:";

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

    /// Returns the kind called `name`.
    ///
    /// The name is kept for the rest of the process, once however often it is asked for. For a
    /// name known at compile time, [`Kind::from_static`] moves the check into the compiler.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidKind`] when `name` is empty, has a control character or a `*`, or is
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
            None => Ok(Self(registry::intern(name))),
            Some(rule) => Err(InvalidKind::new(name, rule)),
        }
    }

    pub(crate) fn of_entry(entry: &'static Entry) -> Self {
        Self(entry.name())
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

impl From<&'static str> for Kind {
    /// Returns [`Kind::from_static`] of `name`.
    #[track_caller]
    fn from(name: &'static str) -> Self {
        if entry::is_remembered(name) {
            return Self(name);
        }
        match check(name) {
            None => entry::remember(name),
            Some(rule) => panic!("{}", InvalidKind::new(name, rule)),
        }
        Self(name)
    }
}

/// Which rule a name breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    Empty,
    Control,
    Star,
    Reserved,
}

impl Rule {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "an event kind must not be empty; write for example `app:parse`",
            Self::Control => {
                "an event kind must not contain control characters; write for example `app:parse`"
            }
            Self::Star => {
                "an event kind must not contain `*`, which is for the patterns `app:*` and `*` \
                 that listeners are installed on; write for example `app:parse`"
            }
            Self::Reserved => {
                "kinds that begin with `numba:` are reserved for `numba:compile`, \
                 `numba:compiler_lock`, `numba:llvm_lock` and `numba:run_pass`; write for \
                 example `app:parse`"
            }
        }
    }
}

/// Returns the rule that `name` breaks as a kind.
pub(crate) const fn check(name: &str) -> Option<Rule> {
    if name.is_empty() {
        return Some(Rule::Empty);
    }
    if let Some(rule) = check_text(name) {
        return Some(rule);
    }
    if starts_with(name.as_bytes(), RESERVED.as_bytes()) && !builtin::is_builtin(name) {
        return Some(Rule::Reserved);
    }
    None
}

/// Returns the rule that the characters of `text` break.
pub(crate) const fn check_text(text: &str) -> Option<Rule> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'*' => return Some(Rule::Star),
            0..0x20 | 0x7f => return Some(Rule::Control),
            // U+0080 to U+009F, the other control characters, are C2 80 to C2 9F in UTF-8.
            0xc2 if bytes[at + 1] < 0xa0 => return Some(Rule::Control),
            _ => at += 1,
        }
    }
    None
}

/// `bytes == other`, in a `const fn`.
pub(crate) const fn equal(bytes: &[u8], other: &[u8]) -> bool {
    bytes.len() == other.len() && starts_with(bytes, other)
}

const fn starts_with(bytes: &[u8], start: &[u8]) -> bool {
    if bytes.len() < start.len() {
        return false;
    }
    let mut at = 0;
    while at < start.len() {
        if bytes[at] != start[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// Says that a text is no event kind (or no pattern of kinds), and why.
///
/// # Examples
///
/// ```
/// let error = event_core::Kind::new("").unwrap_err();
/// assert_eq!(error.name(), "");
/// assert!(error.to_string().contains("must not be empty"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidKind {
    name: Box<str>,
    rule: Rule,
}

impl InvalidKind {
    pub(crate) fn new(name: &str, rule: Rule) -> Self {
        Self {
            name: name.into(),
            rule,
        }
    }

    /// Returns the text that was refused.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for InvalidKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.name, self.rule.as_str())
    }
}

impl Error for InvalidKind {}
