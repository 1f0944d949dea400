//! Escapes of the characters that act on a terminal or on the text around them.
//!
//! Events keep the original text. It is escaped when it is printed.

use std::borrow::Cow;
use std::fmt::{self, Write};

/// Returns whether the character is escaped: a control character, a separator of lines or
/// paragraphs, a mark that changes the direction of text, or an invisible character.
///
/// The joiners U+200C and U+200D are not escaped, because scripts and emoji need them. `Debug` of a
/// `str` escapes all characters of this set, and in the same way.
#[must_use]
pub const fn is_escaped(character: char) -> bool {
    matches!(
        character,
        '\0'..='\x1f'
            | '\x7f'..='\u{9f}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'
            | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// Returns the text with escapes, as in a Rust literal: `\n`, `\u{1b}`. A backslash is not escaped.
#[must_use]
pub fn escaped(text: &str) -> Cow<'_, str> {
    if !needs_escapes(text) {
        return Cow::Borrowed(text);
    }
    let mut output = String::with_capacity(text.len() + 8);
    let _ = Escaping::new(&mut output).write_str(text); // a `String` accepts all
    Cow::Owned(output)
}

/// Returns whether the text has a character that [`is_escaped`].
#[must_use]
pub fn needs_escapes(text: &str) -> bool {
    let is_printable_ascii = |byte| matches!(byte, b' '..=b'~');
    !text.bytes().all(is_printable_ascii) && text.contains(is_escaped)
}

/// A writer that escapes what is written to it.
pub(crate) struct Escaping<W> {
    output: W,
    keeps_lines: bool,
}

impl<W> Escaping<W> {
    pub(crate) const fn new(output: W) -> Self {
        Self {
            output,
            keeps_lines: false,
        }
    }

    /// Returns a writer that does not escape line feeds.
    pub(crate) const fn keeping_lines(output: W) -> Self {
        Self {
            output,
            keeps_lines: true,
        }
    }
}

impl<W: Write> Write for Escaping<W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if !needs_escapes(text) {
            return self.output.write_str(text);
        }
        let keeps_lines = self.keeps_lines;
        let needs_escape = |c: char| is_escaped(c) && !(keeps_lines && c == '\n');
        for piece in text.split_inclusive(needs_escape) {
            let last = piece.chars().next_back().filter(|last| needs_escape(*last));
            let plain = &piece[..piece.len() - last.map_or(0, char::len_utf8)];
            self.output.write_str(plain)?;
            if let Some(last) = last {
                write!(self.output, "{}", last.escape_default())?;
            }
        }
        Ok(())
    }
}
