//! The rules for the names of kinds, and the error for a name that breaks one.
//!
//! The checks are `const fn`s, so that [`Kind::from_static`](crate::Kind::from_static) can run at
//! compile time.

use std::error::Error;
use std::fmt;

/// The prefix of the names that are reserved for the built-in kinds.
const RESERVED: &str = "numba:";

/// A rule that a name can break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    Empty,
    Control,
    Star,
    Reserved,
}

impl Rule {
    pub(super) const fn as_str(self) -> &'static str {
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

/// Returns the first rule that `name` breaks, or `None` if it is a valid kind.
pub(crate) const fn check(name: &str) -> Option<Rule> {
    if name.is_empty() {
        return Some(Rule::Empty);
    }
    if let Some(rule) = check_text(name) {
        return Some(rule);
    }
    if starts_with(name.as_bytes(), RESERVED.as_bytes()) && !is_builtin(name) {
        return Some(Rule::Reserved);
    }
    None
}

/// Returns whether `name` is one of the kinds in [`builtin`](crate::builtin).
const fn is_builtin(name: &str) -> bool {
    let name = name.as_bytes();
    equal(name, b"numba:compile")
        || equal(name, b"numba:compiler_lock")
        || equal(name, b"numba:llvm_lock")
        || equal(name, b"numba:run_pass")
}

/// Returns the first rule that a character of `text` breaks. `text` may be a prefix of a kind.
pub(super) const fn check_text(text: &str) -> Option<Rule> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'*' => return Some(Rule::Star),
            0..0x20 | 0x7f => return Some(Rule::Control),
            // U+0080 to U+009F, the remaining control characters, are C2 80 to C2 9F in UTF-8.
            0xc2 if bytes[at + 1] < 0xa0 => return Some(Rule::Control),
            _ => at += 1,
        }
    }
    None
}

/// Returns whether `bytes == other`. The operator is not available in a `const fn`.
const fn equal(bytes: &[u8], other: &[u8]) -> bool {
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

/// The error for a text that is not a valid event kind or pattern.
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

    /// Returns the invalid text.
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
