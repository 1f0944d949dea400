//! The table on a terminal, redrawn while the program runs.
//!
//! Between two redraws the cursor is above the table, where the program's own output continues, so
//! no output of the program is erased. [`BLANK_LINES`] are reserved for that output. If the program
//! prints more lines between two redraws, they overwrite the table until it is drawn again.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use super::calls::Calls;
use super::row::{SummaryRow, SummarySort};
use super::table::SummaryTable;
use super::terminal::{has_colours, is_dumb, size};
use crate::host::worker;

const REDRAW_INTERVAL: Duration = Duration::from_millis(250);

/// The blank lines above the table, for the program's output.
const BLANK_LINES: usize = 2;

/// A table that is redrawn until this is dropped.
#[derive(Debug)]
pub(super) struct LiveTable {
    /// The thread ends when the sender is dropped.
    running: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl LiveTable {
    /// Starts the thread that draws, if stderr is a terminal that supports redrawing.
    pub(super) fn start(calls: Arc<Calls>, sort: SummarySort) -> Option<Self> {
        if !io::stderr().is_terminal() || is_dumb() {
            return None;
        }
        let (running, is_running) = channel();
        let draw = move || draw_repeatedly(&is_running, &calls, sort);
        let thread = worker::spawn("event-export live", draw).ok()?;
        Some(Self {
            running: Some(running),
            thread: Some(thread),
        })
    }
}

impl Drop for LiveTable {
    fn drop(&mut self) {
        drop(self.running.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn draw_repeatedly(is_running: &Receiver<()>, calls: &Calls, sort: SummarySort) {
    while is_running.recv_timeout(REDRAW_INTERVAL) == Err(RecvTimeoutError::Timeout) {
        let table = calls.table(sort); // signals are blocked, so no handler waits for its lock
        let (height, width) = size();
        let picture = picture(&table, height, width);
        // An error means that the terminal is closed.
        let _ = io::stderr().write_all(picture.as_bytes());
    }
    let _ = io::stderr().write_all(ERASE.as_bytes());
}

// ECMA-48, and DEC's save and restore, which all current terminals support.
const ERASE: &str = "\x1b[J"; // to the end of the screen
// A vertical tab: one line down in the same column, scrolling at the bottom. No terminal driver
// adds a carriage return to it.
const DOWN: &str = "\x0b";
const SAVE: &str = "\x1b7";
const RESTORE: &str = "\x1b8";
const NO_WRAP: &str = "\x1b[?7l"; // long lines end at the edge
const WRAP: &str = "\x1b[?7h";
const HOLD: &str = "\x1b[?2026h"; // terminals that support it show all changes at once
const SHOW: &str = "\x1b[?2026l";

/// Returns the text that draws the table below the cursor and leaves the cursor in place.
fn picture(table: &SummaryTable, height: usize, width: usize) -> String {
    let note = table.note(width);
    // Other lines: the cursor's, the blank ones, the headings, the count of rows not shown, and
    // the note.
    let others =
        1 + BLANK_LINES + table.heading(width).lines().count() + 1 + 1 + note.lines().count();
    let room = height.saturating_sub(others);
    if room == 0 {
        return ERASE.to_owned();
    }
    let rows: Vec<&SummaryRow> = table.rows().iter().take(room).collect();
    let mut text = table.heading(width);
    text += &table.text(&rows, width, has_colours());
    let more = table.rows().len() - rows.len();
    if more > 0 {
        let _ = writeln!(text, "… {more} more");
    }
    text.push_str(&note);
    let lines = text.lines().count() + BLANK_LINES;
    let down = DOWN.repeat(lines);
    let blank = "\r\n".repeat(BLANK_LINES);
    let below = text.trim_end().replace('\n', "\r\n");
    format!(
        "{HOLD}{ERASE}{down}\x1b[{lines}A{SAVE}{NO_WRAP}{blank}\r\n{below}{WRAP}{RESTORE}{SHOW}"
    )
}
