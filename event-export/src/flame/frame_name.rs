//! Frames' names in folded stacks, where `;`, line ends and a number at the end mean something.

use std::borrow::Cow;
use std::fmt::Write;

/// The longest name, in bytes; what is longer is cut, visibly.
const LONGEST: usize = 200;

/// `name`, cut where it is very long.
pub(super) fn cut(name: &str) -> (&str, &'static str) {
    if name.len() <= LONGEST {
        return (name, "");
    }
    let mut end = LONGEST;
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    (&name[..end], "…")
}

/// The name as it stands in folded stacks: what would be read as something else is written as in a Rust
/// literal.
///
/// These are `;`, `\`, control characters, white space at either end, a `#` in front of a space (a comment, to
/// readers) and the space before a number that ends the name.
pub(super) fn escaped(name: &str) -> Cow<'_, str> {
    let number = number_at_end(name);
    let first = name.len() - name.trim_start().len();
    let last = name.trim_end().len();
    let must = |place: usize, c: char| {
        matches!(c, ';' | '\\')
            || c.is_control()
            || means_nothing_in_xml(c)
            || place < first
            || place >= last
            || Some(place) == number
            || (place == 0 && name.starts_with("# "))
    };
    if !name.char_indices().any(|(place, c)| must(place, c)) {
        return Cow::Borrowed(name);
    }
    let mut text = String::with_capacity(name.len() + 8);
    for (place, c) in name.char_indices() {
        if !must(place, c) {
            text.push(c);
            continue;
        }
        let _ = match c {
            '\n' | '\r' | '\t' | '\\' => write!(text, "{}", c.escape_default()),
            _ if c.is_ascii() => write!(text, "\\x{:02x}", u32::from(c)),
            _ => write!(text, "{}", c.escape_unicode()),
        };
    }
    Cow::Owned(text)
}

/// Whether XML cannot have the character: <https://www.w3.org/TR/xml/#charsets>.
pub(super) fn means_nothing_in_xml(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

/// Where the space is before a number that ends the name.
fn number_at_end(name: &str) -> Option<usize> {
    let space = name.rfind(' ')?;
    let last = &name[space + 1..];
    let is_number = last.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    is_number.then_some(space)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_names_stay_as_they_are() {
        for name in ["parse [app:parse]", "λ", "a # b", "v1.2", "<A as B>::c"] {
            assert!(matches!(escaped(name), Cow::Borrowed(same) if same == name));
        }
    }

    #[test]
    fn what_means_something_in_folded_stacks_is_written_otherwise() {
        for (name, text) in [
            ("a;b", r"a\x3bb"),
            ("a\nb", r"a\nb"),
            (r"a\nb", r"a\\nb"),
            ("a 12", r"a\x2012"),
            ("a 1 2.5", r"a 1\x202.5"),
            (" a ", r"\x20a\x20"),
            ("a\u{a0}", r"a\u{a0}"),
            ("# a", r"\x23 a"),
            ("\u{7f}\0", r"\x7f\x00"),
        ] {
            assert_eq!(escaped(name), text);
        }
    }

    #[test]
    fn a_long_name_is_cut_between_characters() {
        let long = "ä".repeat(300);
        let (kept, mark) = cut(&long);
        assert_eq!((kept.len(), mark), (200, "…"));
        assert_eq!(cut("short"), ("short", ""));
    }
}
