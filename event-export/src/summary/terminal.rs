//! The width of the terminal on stderr, and whether it shows colours.

use std::io::{self, IsTerminal};

/// The width of a table on a terminal whose width is unknown.
const DEFAULT_WIDTH: usize = 100;

/// Returns whether stderr shows colours and the user wants them (<https://no-color.org>).
pub(super) fn has_colours() -> bool {
    let is_unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    io::stderr().is_terminal() && !is_unwanted && !is_dumb()
}

/// Returns the width of the terminal on stderr, if there is one.
pub(super) fn width() -> Option<usize> {
    if !io::stderr().is_terminal() {
        return None;
    }
    #[cfg(feature = "live")]
    if let Some((_, width)) = console::Term::stderr().size_checked() {
        return Some(width.into());
    }
    Some(DEFAULT_WIDTH)
}

/// Returns whether the terminal supports no control sequences (`TERM=dumb`).
pub(super) fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|term| term == "dumb")
}
