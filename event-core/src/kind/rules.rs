//! The rules for the names of kinds, and the error for a name that breaks one.
//!
//! The checks are `const fn`s, so that [`Kind::from_static`](crate::Kind::from_static) can run at
//! compile time.

use std::error::Error;
use std::fmt;

use crate::escape::is_escaped;

/// The prefix of the names that are reserved for the built-in kinds.
const RESERVED: &str = "numba:";

const TWO_SIGNS: &str = "unexpected second `!`; one excludes a pattern";

/// The rule for an empty pattern of a list.
pub(super) const EMPTY_IN_LIST: &str = "a pattern must not be empty; remove the extra comma";

/// A rule that a name can break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    Empty,
    Control,
    Star,
    Reserved,
    /// Only patterns of filters break it.
    TwoSigns,
}

impl Rule {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "an event kind must not be empty; write for example `app:parse`",
            Self::Control => {
                "an event kind must not contain control or invisible characters; write for example \
                 `app:parse`"
            }
            Self::Star => {
                "an event kind must not contain `*`, which is for the patterns `app:*` and `*` \
                 that listeners are installed on; write for example `app:parse`"
            }
            Self::TwoSigns => TWO_SIGNS,
            Self::Reserved => {
                "kinds that begin with `numba:` are reserved for `numba:compile`, \
                 `numba:compiler_lock`, `numba:llvm_lock` and `numba:run_pass`; write for \
                 example `app:parse`"
            }
        }
    }

    /// Describes the rule for the patterns of filters.
    const fn as_pattern_str(self) -> &'static str {
        match self {
            Self::Empty => {
                "a pattern must not be empty; write a kind such as `app:parse`, a prefix such as \
                 `app:*`, or `*` for all kinds"
            }
            Self::Control => {
                "a pattern must not contain control or invisible characters; write for example \
                 `app:parse` or `app:*`"
            }
            Self::Star => {
                "a pattern contains only one `*`, at its end; write a kind such as `app:parse`, a \
                 prefix such as `app:*`, or `*` for all kinds"
            }
            Self::TwoSigns => TWO_SIGNS,
            Self::Reserved => {
                "no event has this kind, because `numba:` is reserved for `numba:compile`, \
                 `numba:compiler_lock`, `numba:llvm_lock` and `numba:run_pass`; write one of \
                 these, `numba:*`, or another kind such as `app:parse`"
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
    if is_reserved(name) {
        return Some(Rule::Reserved);
    }
    None
}

/// Returns whether `name` begins with the reserved prefix and is no built-in kind.
pub(super) const fn is_reserved(name: &str) -> bool {
    starts_with(name.as_bytes(), RESERVED.as_bytes()) && !is_builtin(name)
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
        let (character, length) = decode(bytes, at);
        if character == '*' {
            return Some(Rule::Star);
        }
        if is_escaped(character) {
            return Some(Rule::Control);
        }
        at += length;
    }
    None
}

/// Returns the character of a `str` that begins at the byte `at`, and its length. `str::chars` is
/// not available in a `const fn`.
const fn decode(bytes: &[u8], at: usize) -> (char, usize) {
    let first = bytes[at];
    let (mut code, length) = match first {
        0..0x80 => (first as u32, 1),
        0x80..0xe0 => ((first & 0x1f) as u32, 2),
        0xe0..0xf0 => ((first & 0xf) as u32, 3),
        0xf0.. => ((first & 0x7) as u32, 4),
    };
    let mut next = at + 1;
    while next < at + length {
        code = code << 6 | (bytes[next] & 0x3f) as u32;
        next += 1;
    }
    match char::from_u32(code) {
        Some(character) => (character, length),
        None => panic!("a `str` is UTF-8"),
    }
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
    /// `None` for the name of a kind.
    pattern: Option<Place>,
}

/// Where an invalid pattern is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Alone,
    InList {
        /// The number of the pattern, from 1.
        number: usize,
        list: Box<str>,
    },
}

impl InvalidKind {
    pub(crate) fn new(name: &str, rule: Rule) -> Self {
        Self {
            name: name.into(),
            rule,
            pattern: None,
        }
    }

    /// Returns the error for the pattern `text` of a filter.
    pub(super) fn pattern(text: &str, rule: Rule) -> Self {
        Self {
            pattern: Some(Place::Alone),
            ..Self::new(text, rule)
        }
    }

    /// Returns the error with the place of the pattern: its index in `list`.
    pub(super) fn in_list(self, index: usize, list: &str) -> Self {
        Self {
            pattern: Some(Place::InList {
                number: index + 1,
                list: list.into(),
            }),
            ..self
        }
    }

    /// Returns the invalid text: the name of a kind, or one pattern, with its `!` if it has one.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for InvalidKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.name;
        match &self.pattern {
            None => write!(f, "{name:?}: {}", self.rule.as_str()),
            Some(Place::Alone) => write!(f, "{name:?}: {}", self.rule.as_pattern_str()),
            Some(Place::InList { number, list }) => {
                let rule = match self.rule {
                    // With a `!`, no comma is wrong.
                    Rule::Empty if name.is_empty() => EMPTY_IN_LIST,
                    rule => rule.as_pattern_str(),
                };
                write!(f, "{name:?}, pattern {number} of {list:?}: {rule}")
            }
        }
    }
}

impl Error for InvalidKind {}
