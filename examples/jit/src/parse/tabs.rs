//! Tabs and spaces in indentation, judged as Python does.
//!
//! A tab reaches to the next multiple of eight columns. Python refuses lines whose order would be
//! another with tabs one column wide; the parser crate lets some of them pass.

use ruff_python_ast::token::{TokenKind, Tokens};

use super::start;
use crate::source::At;

/// The first line whose indentation hangs on how wide a tab is.
pub(super) fn inconsistent(text: &str, tokens: &Tokens) -> Option<At> {
    let mut open = vec![Indentation::default()];
    for at in logical_lines(tokens) {
        let before = &text[..at as usize];
        let line = before.rfind(['\n', '\r']).map_or(0, |newline| newline + 1);
        let here = Indentation::of(&before[line..]);
        let inner = open.len();
        while open.last().is_some_and(|outer| outer.wide > here.wide) {
            open.pop();
        }
        let outer = open.last().copied().unwrap_or_default();
        let goes_back_to_none = open.len() < inner && outer != here;
        if goes_back_to_none || outer.wide.cmp(&here.wide) != outer.narrow.cmp(&here.narrow) {
            return Some(at);
        }
        if outer != here {
            open.push(here);
        }
    }
    None
}

/// Where each statement's line begins, after its indentation.
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

/// How far in a line begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Indentation {
    /// With tabs to multiples of eight.
    wide: usize,
    /// With tabs of one column.
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
                // Python begins anew after a form feed.
                '\x0c' => Self::default(),
                _ => Self {
                    wide: so_far.wide + 1,
                    narrow: so_far.narrow + 1,
                },
            })
    }
}
