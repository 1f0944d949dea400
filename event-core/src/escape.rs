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
    !is_printable_ascii(text.as_bytes()) && text.contains(is_escaped)
}

/// Returns whether all bytes are in `b' '..=b'~'`.
///
/// Reads eight at a time, because most text is short and printable, and the bridges check several
/// texts of each event.
fn is_printable_ascii(bytes: &[u8]) -> bool {
    const ONES: u64 = u64::MAX / 0xff;
    const TOPS: u64 = ONES * 0x80;
    let is_printable = |bytes: &[u8; 8]| {
        let word = u64::from_le_bytes(*bytes);
        // The top bit is set in a byte that is at least 0x80, less than 0x20, or 0x7f. A borrow or
        // carry into another byte comes only from such a byte.
        let odd = word | word.wrapping_sub(ONES * 0x20) | word.wrapping_add(ONES);
        odd & TOPS == 0
    };
    let mut rest = bytes;
    while let Some((word, after)) = rest.split_first_chunk() {
        if !is_printable(word) {
            return false;
        }
        rest = after;
    }
    match bytes.last_chunk() {
        Some(last) => is_printable(last),
        None => rest.iter().all(|byte| matches!(byte, b' '..=b'~')),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_is_checked_at_each_position() {
        for length in 1..20 {
            for position in 0..length {
                for byte in 0..=u8::MAX {
                    let mut bytes = vec![b'a'; length];
                    bytes[position] = byte;
                    let expected = (b' '..=b'~').contains(&byte);
                    assert_eq!(is_printable_ascii(&bytes), expected, "{bytes:?}");
                }
            }
        }
        assert!(is_printable_ascii(b""));
        assert!(is_printable_ascii(b" ~ ~ ~ ~ ~ ~ ~ ~ "));
    }
}
