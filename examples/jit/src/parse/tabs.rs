//! Checks indentation that mixes tabs and spaces, by Python's rules.
//!
//! A tab extends to the next multiple of eight columns. Python rejects a line if its block would
//! differ with tabs that are one column wide. The parser crate accepts some of these lines.

use ruff_python_ast::token::{TokenKind, Tokens};

use super::start;
use crate::source::At;

/// Returns the first line whose block depends on the width of a tab.
pub(super) fn inconsistent(text: &str, tokens: &Tokens) -> Option<At> {
    let mut blocks = vec![Indentation::default()];
    for at in logical_lines(tokens) {
        let before = &text[..at as usize];
        let line = before.rfind(['\n', '\r']).map_or(0, |newline| newline + 1);
        let here = Indentation::of(&before[line..]);
        let depth = blocks.len();
        while blocks.last().is_some_and(|outer| outer.wide > here.wide) {
            blocks.pop();
        }
        let outer = blocks.last().copied().unwrap_or_default();
        let dedents_to_no_block = blocks.len() < depth && outer != here;
        if dedents_to_no_block || outer.wide.cmp(&here.wide) != outer.narrow.cmp(&here.narrow) {
            return Some(at);
        }
        if outer != here {
            blocks.push(here);
        }
    }
    None
}

/// Returns the position of the first token of each logical line.
fn logical_lines(tokens: &Tokens) -> impl Iterator<Item = At> {
    let mut between = true;
    tokens.iter().filter_map(move |token| match token.kind() {
        TokenKind::Newline => {
            between = true;
            None
        }
        TokenKind::Indent
        | TokenKind::Dedent
        | TokenKind::Comment
        | TokenKind::NonLogicalNewline
        | TokenKind::EndOfFile => None,
        _ => std::mem::take(&mut between).then(|| start(token)),
    })
}

/// The width of a line's indentation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Indentation {
    /// In columns, if a tab extends to the next multiple of eight.
    wide: usize,
    /// In columns, if a tab is one column wide.
    narrow: usize,
}

impl Indentation {
    fn of(blanks: &str) -> Self {
        blanks
            .chars()
            .fold(Self::default(), |so_far, blank| match blank {
                '\t' => Self {
                    wide: (so_far.wide / 8 + 1) * 8,
                    narrow: so_far.narrow + 1,
                },
                // A form feed resets the column, as in Python.
                '\x0c' => Self::default(),
                _ => Self {
                    wide: so_far.wide + 1,
                    narrow: so_far.narrow + 1,
                },
            })
    }
}
