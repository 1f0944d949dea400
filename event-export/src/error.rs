//! The error of `from_env` and `from_text`.

use std::fmt;

use event_core::__private::escaped;

/// An invalid part of `EVENT_EXPORT` or of another variable: which part, why, and what is valid.
///
/// # Examples
///
/// ```
/// let error = event_export::from_text("sumary", "*").unwrap_err();
/// let text = error.to_string();
/// assert!(text.starts_with("`sumary` in EVENT_EXPORT: "), "{text}");
/// assert!(text.contains("summary"), "{text}");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ExportError {
    variable: &'static str,
    part: String,
    why: String,
}

impl ExportError {
    pub(crate) fn new(variable: &'static str, part: &str, why: impl Into<String>) -> Self {
        Self {
            variable,
            part: part.to_owned(),
            why: why.into(),
        }
    }

    /// Returns the invalid part of the variable.
    #[must_use]
    pub fn part(&self) -> &str {
        &self.part
    }
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { part, why, .. } = self;
        let (part, why) = (escaped(part), escaped(why));
        write!(f, "`{part}` in {}: {why}", self.variable)
    }
}

/// Formats like `Display`, because a `main` that returns an error prints its `Debug`.
impl fmt::Debug for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for ExportError {}
