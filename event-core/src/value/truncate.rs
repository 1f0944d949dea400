//! Limits of text, and writing text up to a limit.

use std::fmt::{self, Write};
use std::sync::Arc;

use super::short::{OwnedText, ShortText};

/// The most bytes that the `Debug` or `Display` of one value may print.
pub(super) const MAX_PRINTED: usize = 4096;

/// The most bytes of a string, or of bytes, that an owned value keeps and that are formatted.
pub(super) const MAX_TEXT: usize = 16 << 10;

pub(super) const ELLIPSIS: char = '…';

/// Returns the longest prefix of at most `limit` bytes that ends between characters.
pub(super) fn prefix(text: &str, limit: usize) -> &str {
    if text.len() <= limit {
        return text;
    }
    let is_boundary = |end: &usize| text.is_char_boundary(*end);
    let end = (0..=limit).rev().find(is_boundary).unwrap_or_default();
    &text[..end]
}

/// Copies `text`, truncated at [`MAX_TEXT`] bytes.
#[inline]
pub(super) fn owned_text(text: &str) -> OwnedText {
    match ShortText::new(text) {
        Some(short) => OwnedText::Short(short),
        None if text.len() <= MAX_TEXT => OwnedText::Long(text.into()),
        None => OwnedText::Long(truncated_text(text)),
    }
}

#[cold]
fn truncated_text(text: &str) -> Arc<str> {
    let fitting = prefix(text, MAX_TEXT);
    format!("{fitting}{ELLIPSIS}").into()
}

/// Copies `bytes`, truncated at [`MAX_TEXT`] bytes.
pub(super) fn owned_bytes(bytes: &[u8]) -> Arc<[u8]> {
    bytes[..bytes.len().min(MAX_TEXT)].into()
}

/// Writes at most [`MAX_PRINTED`] bytes to `output`. The first write beyond the limit writes what
/// fits and an ellipsis, and fails, so that the formatter stops.
pub(super) struct Truncated<W> {
    pub(super) output: W,
    room: usize,
    reached_limit: bool,
}

impl<W> Truncated<W> {
    pub(super) const fn new(output: W) -> Self {
        Self {
            output,
            room: MAX_PRINTED,
            reached_limit: false,
        }
    }

    /// Returns whether the ellipsis was written.
    pub(super) const fn is_truncated(&self) -> bool {
        self.reached_limit
    }
}

impl<W: Write> Write for Truncated<W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.reached_limit {
            return Err(fmt::Error);
        }
        let fitting = prefix(text, self.room);
        self.output.write_str(fitting)?;
        self.room -= fitting.len();
        if fitting.len() == text.len() {
            return Ok(());
        }
        self.output.write_char(ELLIPSIS)?;
        self.reached_limit = true;
        Err(fmt::Error)
    }
}
