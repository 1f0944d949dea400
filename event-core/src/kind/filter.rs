//! Filters: the kinds, and the functions, that a listener is registered for.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use super::Kind;
use super::function_name::FunctionName;
use super::name_filter::{NameFilter, from_text};
use super::rules::{InvalidKind, Rule, check, check_text};

/// The kinds that a listener is registered for: one kind, a prefix such as `"app:*"`, `"*"` for
/// all, or a list of these.
///
/// A prefix may end anywhere in a kind: `"app:*"` and `"ap*"` both match `"app:parse"`. `"numba:*"`
/// is valid; `"numba:typo"`, `"a*b"` and `"**"` are not.
///
/// A list is separated by commas, and spaces around patterns are ignored. An empty pattern is an
/// error, also after the last comma. A `!` before a pattern excludes its kinds. If several patterns
/// match a kind, the last one decides: `"app:*,!app:health"` matches all kinds of `app` except
/// `app:health`. If the first pattern has a `!`, all other kinds are included: `"!app:health"`
/// matches everything else.
///
/// [`functions`](Self::functions) restricts a filter to some functions of its kinds.
///
/// The conversions from strings panic if the text is invalid. For a text that a user of the program
/// wrote, use [`KindFilter::new`], which returns an error. A kind with a comma, an
/// initial `!`, or spaces at its ends can be selected by the conversion from a [`Kind`].
///
/// # Examples
///
/// ```
/// use event_core::{Kind, KindFilter};
///
/// let app = KindFilter::new("app:*,!app:health")?;
/// assert!(app.matches(Kind::from_static("app:parse")));
/// assert!(!app.matches(Kind::from_static("app:health")));
/// assert!(!app.matches(Kind::from_static("db:query")));
/// assert_eq!(app.to_string(), "app:*,!app:health");
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
    /// The last item that matches a kind decides. If none does, the opposite of the first holds.
    List(Box<[Item]>),
    /// Some functions of the kinds.
    Functions(Box<(KindFilter, NameFilter)>),
}

/// A pattern of a list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Item {
    includes: bool,
    filter: KindFilter,
}

impl Pattern {
    fn parse(text: &str) -> Result<Self, Rule> {
        let (rule, parsed) = match text.strip_suffix('*') {
            _ if text.starts_with('!') => return Err(Rule::TwoSigns),
            None => (check(text), Self::Exactly(text.to_owned().into())),
            Some(prefix) => (check_text(prefix), Self::Prefix(prefix.into())),
        };
        match rule {
            None => Ok(parsed),
            Some(rule) => Err(rule),
        }
    }
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
        if filters.len() == 1 {
            return filters.swap_remove(0);
        }
        let items = filters.into_iter().map(|filter| Item {
            includes: true,
            filter,
        });
        Self(Pattern::List(items.collect()))
    }

    /// Returns the filter that matches the events of `functions` among the events that this filter
    /// matches.
    ///
    /// The names are those that [`Site::path`](crate::Site::path) returns, such as `Parser::token`.
    /// If two functions have the same path, select one by its module or by its position, as
    /// [`NameFilter`] describes. An event without an annotated function has its kind as its name:
    /// `"app:*"` selects the events of [`trigger_event`](fn@crate::trigger_event) and
    /// [`open_event`](crate::open_event).
    ///
    /// A function that the filter leaves out is disabled, unless another listener receives it. The
    /// calls inside it have the nearest enclosing scope that is enabled as their parent.
    ///
    /// # Panics
    ///
    /// Panics if `functions` is not a valid [`NameFilter`].
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "macros", doc = "```")]
    #[cfg_attr(not(feature = "macros"), doc = "```ignore")]
    /// use event_core::{KindFilter, local, trigger_event};
    ///
    /// struct Parser;
    ///
    /// #[trigger_event("docs:functions")]
    /// impl Parser {
    ///     fn new() -> Self {
    ///         Self
    ///     }
    ///
    ///     fn token(&self) {}
    /// }
    ///
    /// let filter = KindFilter::from("docs:functions").functions("Parser::*,!*::new");
    /// let recorder = local::install_recorder(filter);
    /// Parser::new().token();
    /// assert_eq!(
    ///     recorder.lines(),
    ///     ["START docs:functions Parser::token", "END docs:functions Parser::token"],
    /// );
    /// ```
    #[must_use]
    #[track_caller]
    pub fn functions(self, functions: impl Into<NameFilter>) -> Self {
        Self(Pattern::Functions(Box::new((self, functions.into()))))
    }

    /// Parses a filter.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidKind`] if a pattern of `text` is neither a valid kind nor a prefix that is
    /// followed by one `*`, or has two `!`. The error names the pattern, and its place in a list.
    pub fn new(text: impl AsRef<str>) -> Result<Self, InvalidKind> {
        let text = text.as_ref();
        let is_list = text.contains(',');
        let parse_item = |(index, item): (usize, &str)| {
            let item = item.trim();
            let (includes, pattern) = match item.strip_prefix('!') {
                None => (true, item),
                Some(excluded) => (false, excluded.trim_start()),
            };
            let filter = Pattern::parse(pattern).map(Self).map_err(|rule| {
                let error = InvalidKind::pattern(item, rule);
                if is_list {
                    error.in_list(index, text)
                } else {
                    error
                }
            })?;
            Ok(Item { includes, filter })
        };
        let items = text.split(',').enumerate().map(parse_item);
        let mut items = items.collect::<Result<Vec<_>, InvalidKind>>()?;
        match &*items {
            [Item { includes: true, .. }] => Ok(items.swap_remove(0).filter),
            _ => Ok(Self(Pattern::List(items.into()))),
        }
    }

    /// Returns whether a listener that is registered for this filter receives events of `kind`: of
    /// all functions, or of some.
    #[must_use]
    pub fn matches(&self, kind: Kind) -> bool {
        self.matches_name(kind.as_str())
    }

    pub(crate) fn matches_name(&self, kind: &str) -> bool {
        self.matches_event(kind, None)
    }

    /// Returns whether the filter matches events of `kind` whose function is `function`; without a
    /// name, whether it matches any function.
    pub(crate) fn matches_event(&self, kind: &str, function: Option<FunctionName<'_>>) -> bool {
        match &self.0 {
            Pattern::Exactly(exactly) => exactly == kind,
            Pattern::Prefix(prefix) => kind.starts_with(&**prefix),
            Pattern::List(items) => {
                let mut matching = items.iter().rev();
                match matching.find(|item| item.filter.matches_event(kind, function)) {
                    Some(item) => item.includes,
                    None => items.first().is_some_and(|first| !first.includes),
                }
            }
            Pattern::Functions(pair) => {
                let (kinds, functions) = &**pair;
                let is_included = |name| functions.matches_function(name);
                kinds.matches_event(kind, function) && function.is_none_or(is_included)
            }
        }
    }

    /// Returns the name of the kind if this filter matches exactly one, and `None` for a pattern.
    pub(crate) fn exactly(&self) -> Option<&str> {
        match &self.0 {
            Pattern::Exactly(name) => Some(name),
            Pattern::Prefix(_) | Pattern::List(_) => None,
            Pattern::Functions(pair) => pair.0.exactly(),
        }
    }

    /// Returns whether the filter may match some functions of a kind and not others.
    pub(crate) fn has_functions(&self) -> bool {
        match &self.0 {
            Pattern::Exactly(_) | Pattern::Prefix(_) => false,
            Pattern::List(items) => items.iter().any(|item| item.filter.has_functions()),
            Pattern::Functions(_) => true,
        }
    }

    /// Returns whether this is a list with excluded kinds.
    fn excludes(&self) -> bool {
        match &self.0 {
            Pattern::Exactly(_) | Pattern::Prefix(_) | Pattern::Functions(_) => false,
            Pattern::List(items) => items
                .iter()
                .any(|item| !item.includes || item.filter.excludes()),
        }
    }
}

impl fmt::Display for KindFilter {
    /// Writes the filter as [`KindFilter::new`] parses it. In a filter that
    /// [`KindFilter::any_of`] returned, a list with a `!` is in parentheses.
    /// [Functions](KindFilter::functions) are written as `app:* in functions (Parser::*)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Pattern::Exactly(name) => f.pad(name),
            Pattern::Prefix(prefix) => write!(f, "{prefix}*"),
            Pattern::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    let comma = if index == 0 { "" } else { "," };
                    let sign = if item.includes { "" } else { "!" };
                    let filter = &item.filter;
                    if filter.excludes() {
                        write!(f, "{comma}{sign}({filter})")?;
                    } else {
                        write!(f, "{comma}{sign}{filter}")?;
                    }
                }
                Ok(())
            }
            Pattern::Functions(pair) => {
                let (kinds, functions) = &**pair;
                if kinds.excludes() {
                    write!(f, "({kinds}) in functions ({functions})")
                } else {
                    write!(f, "{kinds} in functions ({functions})")
                }
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

from_text! { KindFilter: &str String &String Box<str> Cow<'_, str> }
