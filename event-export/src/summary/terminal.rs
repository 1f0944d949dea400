//! The size of the terminal on stderr, and whether it shows colours.

use std::io::{self, IsTerminal};

/// The size of a terminal whose size is unknown.
const DEFAULT_HEIGHT: usize = 24;
const DEFAULT_WIDTH: usize = 80;

/// Returns whether stderr shows colours and the user wants them (<https://no-color.org>).
pub(super) fn has_colours() -> bool {
    let is_unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    io::stderr().is_terminal() && !is_unwanted && !is_dumb()
}

/// Returns the height and the width of the terminal on stderr.
pub(super) fn size() -> (usize, usize) {
    let (height, width) = known_size().unwrap_or_default();
    let default = |known, default: usize| if known == 0 { default } else { known };
    let width = default(width, width_in_environment().unwrap_or(DEFAULT_WIDTH));
    (default(height, DEFAULT_HEIGHT), width)
}

/// Returns the width of a table on stderr. None means that it is unlimited.
pub(super) fn width() -> Option<usize> {
    if io::stderr().is_terminal() {
        Some(size().1)
    } else {
        width_in_environment()
    }
}

/// Returns the height and the width of the terminal, or zeros if the system does not know them.
#[cfg(unix)]
fn known_size() -> Option<(usize, usize)> {
    let size = rustix::termios::tcgetwinsize(io::stderr()).ok()?;
    Some((size.ws_row.into(), size.ws_col.into()))
}

#[cfg(all(not(unix), feature = "live"))]
fn known_size() -> Option<(usize, usize)> {
    let (height, width) = console::Term::stderr().size_checked()?;
    Some((height.into(), width.into()))
}

#[cfg(all(not(unix), not(feature = "live")))]
fn known_size() -> Option<(usize, usize)> {
    None
}

/// Returns the variable `COLUMNS`, if it is a positive number.
fn width_in_environment() -> Option<usize> {
    let width = std::env::var("COLUMNS").ok()?;
    width.trim().parse().ok().filter(|width| *width > 0)
}

/// Returns whether the terminal supports no control sequences (`TERM=dumb`).
pub(super) fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|term| term == "dumb")
}
