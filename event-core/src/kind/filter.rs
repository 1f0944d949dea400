//! Filters: the kinds that a listener is registered for.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use super::Kind;
use super::rules::{InvalidKind, check, check_text};

/// The kinds that a listener is registered for: one kind, a prefix such as `"app:*"`, or `"*"` for
/// all.
///
/// A prefix may end anywhere in a kind: `"app:*"` and `"ap*"` both match `"app:parse"`. `"numba:*"`
/// is valid; `"numba:typo"`, `"a*b"` and `"**"` are not.
///
/// # Examples
///
/// ```
/// use event_core::{Kind, KindFilter};
///
/// let app = KindFilter::new("app:*")?;
/// assert!(app.matches(Kind::from_static("app:parse")));
/// assert!(!app.matches(Kind::from_static("db:query")));
/// assert_eq!(app.to_string(), "app:*");
/// assert!("a*b".parse::<KindFilter>().is_err());
/// # Ok::<(), event_core::InvalidKind>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KindFilter(Pattern);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Pattern {
    Exactly(Cow<'static, str>),
    /// The text before the `*`. The empty text matches every kind.
    Prefix(Box<str>),
    AnyOf(Box<[KindFilter]>),
}

impl KindFilter {
    /// Returns the filter `"*"`, which matches every kind.
    #[must_use]
    pub fn all() -> Self {
        Self(Pattern::Prefix("".into()))
    }

    /// Returns the filter that matches a kind if any of `filters` does.
    ///
    /// A listener that is registered for this filter is notified once of each event, even if
    /// several of `filters` match its kind.
    ///
    /// # Examples
    ///
    /// ```
    /// use event_core::{Kind, KindFilter};
    ///
    /// let filter = KindFilter::any_of(["app:parse".into(), "db:*".into()]);
    /// assert!(filter.matches(Kind::from_static("db:query")));
    /// assert_eq!(filter.to_string(), "app:parse,db:*");
    /// ```
    pub fn any_of(filters: impl IntoIterator<Item = Self>) -> Self {
        let mut filters: Vec<Self> = filters.into_iter().collect();
        match filters.len() {
            1 => filters.swap_remove(0),
            _ => Self(Pattern::AnyOf(filters.into())),
        }
    }

    /// Parses a filter.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidKind`] if `text` is neither a valid kind nor a prefix that is followed by
    /// one `*`.
    pub fn new(text: &str) -> Result<Self, InvalidKind> {
        match text.strip_suffix('*') {
            None => match check(text) {
                None => Ok(Self(Pattern::Exactly(text.to_owned().into()))),
                Some(rule) => Err(InvalidKind::new(text, rule)),
            },
            Some(prefix) => match check_text(prefix) {
                None => Ok(Self(Pattern::Prefix(prefix.into()))),
                Some(rule) => Err(InvalidKind::new(text, rule)),
            },
        }
    }

    /// Returns whether a listener that is registered for this filter receives events of `kind`.
    #[must_use]
    pub fn matches(&self, kind: Kind) -> bool {
        self.matches_name(kind.as_str())
    }

    pub(crate) fn matches_name(&self, name: &str) -> bool {
        match &self.0 {
            Pattern::Exactly(exactly) => exactly == name,
            Pattern::Prefix(prefix) => name.starts_with(&**prefix),
            Pattern::AnyOf(filters) => filters.iter().any(|filter| filter.matches_name(name)),
        }
    }

    /// Returns the name of the kind if this filter matches exactly one, and `None` for a pattern.
    pub(crate) fn exactly(&self) -> Option<&str> {
        match &self.0 {
            Pattern::Exactly(name) => Some(name),
            Pattern::Prefix(_) | Pattern::AnyOf(_) => None,
        }
    }
}

impl fmt::Display for KindFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Pattern::Exactly(name) => f.pad(name),
            Pattern::Prefix(prefix) => write!(f, "{prefix}*"),
            Pattern::AnyOf(filters) => {
                for (index, filter) in filters.iter().enumerate() {
                    let comma = if index == 0 { "" } else { "," };
                    write!(f, "{comma}{filter}")?;
                }
                Ok(())
            }
        }
    }
}

impl FromStr for KindFilter {
    type Err = InvalidKind;

    fn from_str(text: &str) -> Result<Self, InvalidKind> {
        Self::new(text)
    }
}

impl From<Kind> for KindFilter {
    fn from(kind: Kind) -> Self {
        Self(Pattern::Exactly(kind.as_str().into()))
    }
}

impl From<&'static str> for KindFilter {
    /// Parses a filter, as [`KindFilter::new`] does.
    ///
    /// # Panics
    ///
    /// Panics if `text` is neither a valid kind nor a valid pattern.
    #[track_caller]
    fn from(text: &'static str) -> Self {
        match Self::new(text) {
            Ok(filter) => filter,
            Err(error) => panic!("{error}"),
        }
    }
}
