//! Names of frames, escaped for folded stacks.
//!
//! In folded stacks `;` separates frames, a line end separates stacks, and a number ends a stack.

use std::borrow::Cow;
use std::fmt::Write;

use event_core::__private::is_escaped;
use event_core::{Kind, Site};

use crate::profile::labels::{self, Labelled};
use crate::profile::truncate;

/// The most bytes of a name, before it is escaped.
pub(super) const MAX_NAME_BYTES: usize = 200;

/// Returns the name as it is written in folded stacks.
///
/// Some characters are written as in a Rust literal: `;`, those that all outputs escape, white
/// space at either end, the `#` that begins a comment, and the space before a number that ends the
/// name.
pub(super) fn escaped(name: &str) -> Cow<'_, str> {
    let number = number_at_end(name);
    let first = name.len() - name.trim_start().len();
    let last = name.trim_end().len();
    let needs_escape = |index: usize, c: char| {
        c == ';'
            || is_escaped(c)
            || is_invalid_in_xml(c)
            || index < first
            || index >= last
            || Some(index) == number
            || (index == 0 && name.starts_with("# "))
    };
    if !name.char_indices().any(|(index, c)| needs_escape(index, c)) {
        return Cow::Borrowed(name);
    }
    let mut text = String::with_capacity(name.len() + 8);
    for (index, c) in name.char_indices() {
        if !needs_escape(index, c) {
            text.push(c);
            continue;
        }
        let _ = match c {
            _ if is_escaped(c) => write!(text, "{}", c.escape_default()),
            _ if c.is_ascii() => write!(text, "\\x{:02x}", u32::from(c)),
            _ => write!(text, "{}", c.escape_unicode()),
        };
    }
    Cow::Owned(text)
}

/// Returns the names of the frames of events, given their kinds, paths or names, and sites: a label
/// that differs from the others of its kind, and the kind, unless the name is the kind.
pub(super) fn of_events(events: &[(Kind, &str, Option<&'static Site>)]) -> Vec<String> {
    let short = |(_, name, _): &(Kind, &'_ str, _)| {
        truncate::with_ellipsis(*name, MAX_NAME_BYTES).into_owned()
    };
    let names: Vec<_> = events.iter().map(short).collect();
    let labelled = events
        .iter()
        .zip(&names)
        .map(|((kind, _, site), name)| Labelled {
            kind: kind.as_str(),
            name,
            site: *site,
        });
    let labels = labels::distinct(&labelled.collect::<Vec<_>>(), true);
    let frame = |((kind, name, _), label): (&(Kind, &str, _), String)| {
        let kind = kind.as_str();
        if *name == kind {
            return escaped(&label).into_owned();
        }
        escaped(&format!("{label} [{kind}]")).into_owned()
    };
    events.iter().zip(labels).map(frame).collect()
}

/// Returns whether XML cannot contain the character: <https://www.w3.org/TR/xml/#charsets>.
pub(super) fn is_invalid_in_xml(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

/// Returns the position of the space before a number that ends the name.
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
    fn ordinary_names_are_unchanged() {
        for name in [
            r"a\b",
            "parse [app:parse]",
            "λ",
            "a # b",
            "v1.2",
            "<A as B>::c",
        ] {
            assert!(matches!(escaped(name), Cow::Borrowed(same) if same == name));
        }
    }

    #[test]
    fn characters_with_a_meaning_in_folded_stacks_are_escaped() {
        for (name, text) in [
            ("a;b", r"a\x3bb"),
            ("a\nb", r"a\nb"),
            (r"a\nb;", r"a\nb\x3b"),
            ("a 12", r"a\x2012"),
            ("a 1 2.5", r"a 1\x202.5"),
            (" a ", r"\x20a\x20"),
            ("a\u{a0}", r"a\u{a0}"),
            ("# a", r"\x23 a"),
            ("\u{7f}\0\u{202e}", r"\u{7f}\u{0}\u{202e}"),
        ] {
            assert_eq!(escaped(name), text);
        }
    }
}
