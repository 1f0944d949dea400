//! Filters of names: of functions, or of keys of data.
//!
//! A name may contain commas in brackets, such as `Map<_, _>::get`. So a list is split only at
//! commas outside of brackets.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::str::FromStr;

use super::function_name::FunctionName;
use super::rules::{EMPTY_IN_LIST, Rule, check_text};

/// Names with a pattern in common: of functions, such as `"Parser::*,!*::new"`, or of keys.
///
/// In a pattern, each `*` matches any text: `"Parser::*"`, `"*::new"` and `"*::read_*"` are valid,
/// `""` and `"a**"` are not. A pattern without `*` matches only the same name.
///
/// A list is separated by commas, and spaces around its patterns are ignored. An empty pattern is
/// an error, also after the last comma. A `!` before a pattern excludes its names. If several
/// patterns match a name, the last one decides. If the first pattern has a `!`, all other names are
/// included. A comma in brackets separates nothing, as in `"Map<_, _>::get"`.
///
/// [`KindFilter::functions`](crate::KindFilter::functions) selects functions by the names that
/// [`Site::path`](crate::Site::path) returns. Functions with the same path have longer names, which
/// outputs show:
///
/// * with the module, as in `my_crate::parse::Parser::token`. A pattern is compared with such a
///   name if it begins with the name of the crate and `::`.
/// * with the position, as in `Parser::token (src/parse.rs:12)`. A pattern is compared with such a
///   name if it ends with `)`. `* (src/parse.rs:*)` selects all functions of a file.
///
/// The conversions from strings panic if the text is invalid. For a text that a user of the program
/// wrote, use [`NameFilter::new`], which returns an error.
///
/// # Examples
///
/// ```
/// use event_core::NameFilter;
///
/// let parser = NameFilter::new("Parser::*, !*::new")?;
/// assert!(parser.matches("Parser::token"));
/// assert!(!parser.matches("Parser::new"));
/// assert!(!parser.matches("Printer::line"));
/// assert_eq!(parser.to_string(), "Parser::*,!*::new");
///
/// let error = NameFilter::new("Parser::*,,").unwrap_err().to_string();
/// assert!(error.starts_with(r#""", pattern 2 of "Parser::*,,": a pattern must not be empty"#));
/// # Ok::<(), event_core::InvalidNameFilter>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NameFilter(Box<[Item]>);

/// A pattern of a list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Item {
    includes: bool,
    pattern: Box<str>,
}

impl NameFilter {
    /// Parses a filter.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidNameFilter`] if a pattern of `text` is empty, has two `!`, two adjacent
    /// `*`, an unmatched bracket, or a control or invisible character. The error names the pattern,
    /// and its place in a list.
    pub fn new(text: impl AsRef<str>) -> Result<Self, InvalidNameFilter> {
        let text = text.as_ref();
        let parse_item = |(index, item): (usize, &str)| {
            let item = item.trim();
            let (includes, pattern) = match item.strip_prefix('!') {
                None => (true, item),
                Some(excluded) => (false, excluded.trim_start()),
            };
            match invalid(pattern) {
                None => Ok(Item {
                    includes,
                    pattern: pattern.into(),
                }),
                Some(rule) => Err(InvalidNameFilter {
                    pattern: item.into(),
                    rule,
                    number: index + 1,
                    list: text.trim().into(),
                }),
            }
        };
        let items = split(text).into_iter().enumerate().map(parse_item);
        Ok(Self(items.collect::<Result<_, _>>()?))
    }

    /// Returns whether the filter matches `name`.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        self.includes(|pattern| is_match(pattern, name, u8::eq))
    }

    /// Returns whether the filter matches `name`, if upper and lower case of ASCII letters are the
    /// same.
    #[doc(hidden)]
    #[must_use]
    pub fn matches_ignoring_case(&self, name: &str) -> bool {
        self.includes(|pattern| is_match(pattern, name, u8::eq_ignore_ascii_case))
    }

    /// Returns whether the filter matches one of the function's names.
    #[doc(hidden)]
    #[must_use]
    pub fn matches_function(&self, function: FunctionName<'_>) -> bool {
        self.includes(|pattern| function.is_match(pattern, |one, name| is_match(one, name, u8::eq)))
    }

    fn includes(&self, is_match: impl Fn(&str) -> bool) -> bool {
        let mut matching = self.0.iter().rev();
        match matching.find(|item| is_match(&item.pattern)) {
            Some(item) => item.includes,
            None => self.0.first().is_some_and(|first| !first.includes),
        }
    }

    /// Returns each pattern, without its `!`, as a filter.
    #[doc(hidden)]
    pub fn patterns(&self) -> impl Iterator<Item = Self> + '_ {
        self.0.iter().map(|item| {
            Self(Box::new([Item {
                includes: true,
                pattern: item.pattern.clone(),
            }]))
        })
    }
}

/// Splits a list at the commas outside of brackets.
fn split(list: &str) -> Vec<&str> {
    let mut items = Vec::new();
    let mut start = 0;
    let mut depth = 0_usize;
    for (at, c) in brackets_and_commas(list) {
        match c {
            ',' if depth == 0 => {
                items.push(&list[start..at]);
                start = at + 1;
            }
            ',' => {}
            '<' | '(' | '[' => depth += 1,
            _ => depth = depth.saturating_sub(1),
        }
    }
    items.push(&list[start..]);
    items
}

/// Returns the brackets and commas of `text`. The `>` of `->` is no bracket, and neither is a
/// character literal.
fn brackets_and_commas(text: &str) -> impl Iterator<Item = (usize, char)> + '_ {
    text.match_indices(['<', '(', '[', '>', ')', ']', ','])
        .filter(|(at, found)| {
            let is_quoted = text[..*at].ends_with('\'') && text[at + 1..].starts_with('\'');
            let is_arrow = *found == ">" && text[..*at].ends_with('-');
            !is_quoted && !is_arrow
        })
        .filter_map(|(at, found)| Some((at, found.chars().next()?)))
}

/// Returns the first closing bracket without an opening one, or else the last opening one without a
/// closing one.
fn unmatched_bracket(text: &str) -> Option<char> {
    let mut open = Vec::new();
    for (_, c) in brackets_and_commas(text) {
        let opening = match c {
            '<' | '(' | '[' => {
                open.push(c);
                continue;
            }
            '>' => '<',
            ')' => '(',
            ']' => '[',
            _ => continue,
        };
        if open.pop() != Some(opening) {
            return Some(c);
        }
    }
    open.pop()
}

/// Returns why `pattern` is not valid.
fn invalid(pattern: &str) -> Option<NameRule> {
    let has_control = || {
        let texts = pattern.split('*');
        texts
            .map(check_text)
            .any(|rule| rule == Some(Rule::Control))
    };
    if pattern.is_empty() {
        Some(NameRule::Empty)
    } else if pattern.starts_with('!') {
        Some(NameRule::TwoSigns)
    } else if pattern.contains("**") {
        Some(NameRule::TwoStars)
    } else if has_control() {
        Some(NameRule::Control)
    } else {
        unmatched_bracket(pattern).map(NameRule::Bracket)
    }
}

/// Returns whether `pattern` matches all of `name`.
fn is_match(pattern: &str, name: &str, equal: fn(&u8, &u8) -> bool) -> bool {
    let (mut pattern, mut name) = (pattern.as_bytes(), name.as_bytes());
    // The pattern after its last `*` so far, and the rest of the name that is not tried yet.
    let mut retry: Option<(&[u8], &[u8])> = None;
    loop {
        match (pattern, name) {
            ([], []) | ([b'*'], _) => return true,
            ([b'*', rest @ ..], _) => {
                pattern = rest;
                retry = Some((rest, name));
            }
            ([p, pattern_rest @ ..], [n, name_rest @ ..]) if equal(p, n) => {
                pattern = pattern_rest;
                name = name_rest;
            }
            _ => match retry {
                // The `*` matches one byte more.
                Some((rest, [_, untried @ ..])) => {
                    pattern = rest;
                    name = untried;
                    retry = Some((rest, untried));
                }
                _ => return false,
            },
        }
    }
}

impl fmt::Display for NameFilter {
    /// Writes the filter as [`NameFilter::new`] parses it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, item) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            let sign = if item.includes { "" } else { "!" };
            write!(f, "{comma}{sign}{}", item.pattern)?;
        }
        Ok(())
    }
}

impl FromStr for NameFilter {
    type Err = InvalidNameFilter;

    fn from_str(text: &str) -> Result<Self, InvalidNameFilter> {
        Self::new(text)
    }
}

/// Implements `From` for types of text, by the filter's `new`.
macro_rules! from_text {
    ($filter:ident: $($text:ty)*) => { $(
        impl From<$text> for $filter {
            /// Parses a filter, as [`new`](Self::new) does.
            ///
            /// # Panics
            ///
            /// Panics if a pattern is invalid.
            #[track_caller]
            fn from(text: $text) -> Self {
                match Self::new(text) {
                    Ok(filter) => filter,
                    Err(error) => panic!("{error}"),
                }
            }
        }
    )* };
}

pub(super) use from_text;

from_text! { NameFilter: &str String &String Box<str> Cow<'_, str> }

/// The error for a text that is not a valid [`NameFilter`].
///
/// # Examples
///
/// ```
/// let error = event_core::NameFilter::new("Tree<_::insert").unwrap_err();
/// assert_eq!(error.pattern(), "Tree<_::insert");
/// assert!(error.to_string().contains("unmatched `<`"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidNameFilter {
    pattern: Box<str>,
    rule: NameRule,
    /// The number of the pattern, from 1.
    number: usize,
    list: Box<str>,
}

/// A rule that a pattern can break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NameRule {
    Empty,
    TwoSigns,
    TwoStars,
    Control,
    Bracket(char),
}

impl InvalidNameFilter {
    /// Returns the invalid pattern, with its `!` if it has one.
    #[must_use]
    pub fn pattern(&self) -> &str {
        &self.pattern
    }
}

impl fmt::Display for InvalidNameFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.pattern)?;
        let is_list = *self.list != *self.pattern;
        if is_list {
            write!(f, ", pattern {} of {:?}", self.number, self.list)?;
        }
        f.write_str(": ")?;
        match self.rule {
            NameRule::Empty if is_list && self.pattern.is_empty() => f.write_str(EMPTY_IN_LIST),
            NameRule::Empty => {
                f.write_str("a pattern must not be empty; write a name, or `*` for all")
            }
            NameRule::TwoSigns => f.write_str("unexpected second `!`; one excludes a pattern"),
            NameRule::TwoStars => f.write_str("unexpected `**`; one `*` matches any text"),
            NameRule::Control => {
                f.write_str("a pattern must not contain control or invisible characters")
            }
            NameRule::Bracket(bracket) => {
                write!(
                    f,
                    "unmatched `{bracket}`; write the other bracket, or `*` for the text"
                )
            }
        }
    }
}

impl Error for InvalidNameFilter {}
