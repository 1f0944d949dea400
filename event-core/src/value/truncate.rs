//! Text that is truncated at a limit, so that a huge value is never formatted as a whole.

use std::fmt;

/// The maximum number of bytes of formatted text that a value keeps.
pub(super) const MAX_PRINTED: usize = 4096;

/// Text of at most [`MAX_PRINTED`] bytes.
///
/// The first write beyond the limit keeps the part that fits, appends `…`, and fails, so that the
/// formatter stops.
#[derive(Default)]
pub(super) struct TruncatedText {
    text: String,
    is_truncated: bool,
}

impl TruncatedText {
    /// Returns whether text was omitted because of the limit.
    pub(super) const fn is_truncated(&self) -> bool {
        self.is_truncated
    }

    /// Appends `note` regardless of the limit.
    pub(super) fn append(&mut self, note: &str) {
        self.text.push_str(note);
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }
}

impl fmt::Write for TruncatedText {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.is_truncated {
            return Err(fmt::Error);
        }
        let room = MAX_PRINTED.saturating_sub(self.text.len());
        if text.len() <= room {
            self.text.push_str(text);
            return Ok(());
        }
        let is_boundary = |end: &usize| text.is_char_boundary(*end);
        let end = (0..=room).rev().find(is_boundary).unwrap_or_default();
        self.text.push_str(&text[..end]);
        self.text.push('…');
        self.is_truncated = true;
        Err(fmt::Error)
    }
}
