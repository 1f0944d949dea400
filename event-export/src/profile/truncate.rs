//! Text that is limited to a number of bytes, and shortened only between characters.

use std::borrow::Cow;
use std::fmt::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Marks the end of a shortened text.
pub(crate) const ELLIPSIS: &str = "…";

/// Returns the longest prefix of at most `limit` bytes that ends between characters.
pub(crate) fn prefix(text: &str, limit: usize) -> &str {
    if text.len() <= limit {
        return text;
    }
    let is_boundary = |end: &usize| text.is_char_boundary(*end);
    let end = (0..=limit).rev().find(is_boundary).unwrap_or_default();
    &text[..end]
}

/// Returns `text`, or its [`prefix`] and an ellipsis if it is longer than `limit` bytes.
pub(crate) fn with_ellipsis<'t>(text: impl Into<Cow<'t, str>>, limit: usize) -> Cow<'t, str> {
    let text = text.into();
    if text.len() <= limit {
        return text;
    }
    Cow::Owned(format!("{}{ELLIPSIS}", prefix(&text, limit)))
}

/// Text that stops growing at a limit of bytes; an ellipsis marks the truncated end.
pub(crate) struct LimitedText {
    text: String,
    limit: usize,
    is_truncated: bool,
}

impl LimitedText {
    /// The usual length of a text, in bytes.
    const USUAL: usize = 32;

    pub(crate) const fn new(limit: usize) -> Self {
        Self {
            text: String::new(),
            limit,
            is_truncated: false,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.text.len()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.is_truncated || self.text.len() >= self.limit
    }

    /// Formats as much as fits. A panic in user code is caught, and noted in the text.
    pub(crate) fn print(&mut self, arguments: fmt::Arguments<'_>) {
        if self.text.is_empty() {
            self.text = String::with_capacity(Self::USUAL);
        }
        if catch_unwind(AssertUnwindSafe(|| self.write_fmt(arguments))).is_err() {
            self.text.push_str("<panicked while printing>");
        }
    }

    pub(crate) fn into_string(self) -> String {
        self.text
    }
}

impl Write for LimitedText {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = self.limit.saturating_sub(self.text.len());
        if self.is_truncated || text.len() > room {
            if !self.is_truncated {
                self.text.push_str(prefix(text, room));
                self.text.push_str(ELLIPSIS);
                self.is_truncated = true;
            }
            return Err(fmt::Error); // ends the formatting
        }
        self.text.push_str(text);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_shortened_between_characters() {
        let long = "ä".repeat(300);
        assert_eq!(prefix(&long, 201).len(), 200);
        assert_eq!(with_ellipsis(&*long, 200), format!("{}…", "ä".repeat(100)));
        assert_eq!(with_ellipsis("short", 5), "short");
    }

    #[test]
    fn limited_text_ends_in_one_ellipsis() {
        let mut text = LimitedText::new(5);
        text.print(format_args!("{}{}{}", "äb", "ää", "c"));
        assert_eq!(text.into_string(), "äbä…");
    }
}
