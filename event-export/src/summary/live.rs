//! The table on a terminal while the program runs.
//!
//! Between two pictures the cursor stands above the table, where the program's own output goes on, so nothing that
//! the program prints is ever erased. More lines between two pictures than are blank above the table run into
//! it: the rest of the table's lines stands behind them.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use console::Term;

use super::calls::Calls;
use super::row::{SummaryRow, SummarySort};
use super::table::SummaryTable;
use super::terminal::{has_colours, is_dumb};
use super::text::Fit;

const EVERY: Duration = Duration::from_millis(250);

/// The lines above the table that the program may print on.
const BLANK: usize = 2;

/// Draws the table until this is dropped.
#[derive(Debug)]
pub(super) struct Live {
    /// The thread ends when this is dropped.
    running: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Live {
    /// Begins to draw, if stderr is a terminal that can.
    pub(super) fn start(calls: Arc<Calls>, sort: SummarySort) -> Option<Self> {
        if !io::stderr().is_terminal() || is_dumb() {
            return None;
        }
        let (running, is_running) = channel();
        let thread = Builder::new().name("event-export live".to_owned());
        let thread = thread
            .spawn(move || draw_on(&is_running, &calls, sort))
            .ok()?;
        Some(Self {
            running: Some(running),
            thread: Some(thread),
        })
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        drop(self.running.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn draw_on(is_running: &Receiver<()>, calls: &Calls, sort: SummarySort) {
    let terminal = Term::stderr();
    while is_running.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
        let (height, width) = terminal.size();
        let table = calls.table(sort);
        let picture = picture(&table, usize::from(height), usize::from(width));
        // A terminal that is gone is nobody's loss.
        let _ = io::stderr().write_all(picture.as_bytes());
    }
    let _ = io::stderr().write_all(ERASE.as_bytes());
}

// ECMA-48, and DEC's save and restore, as every terminal of today has them.
const ERASE: &str = "\x1b[J"; // to the end of the screen
// One line, scrolling at the bottom, in the same column: a vertical tab, which no terminal driver turns into a
// carriage return as well.
const DOWN: &str = "\x0b";
const SAVE: &str = "\x1b7";
const RESTORE: &str = "\x1b8";
const NO_WRAP: &str = "\x1b[?7l"; // lines that are too long end at the edge
const WRAP: &str = "\x1b[?7h";
const HOLD: &str = "\x1b[?2026h"; // shown at once, by terminals that know it
const SHOW: &str = "\x1b[?2026l";

/// What draws the table below the cursor, and leaves the cursor where it is.
fn picture(table: &SummaryTable, height: usize, width: usize) -> String {
    // The line of the cursor, blank ones, the headings, and what is said of the rest.
    let room = height.saturating_sub(BLANK + 3).max(1);
    let rows: Vec<&SummaryRow> = table.rows().iter().take(room).collect();
    let fit = Fit {
        width,
        is_strict: true,
    };
    let mut text = table.text(&rows, fit, has_colours());
    let more = table.rows().len() - rows.len();
    if more > 0 {
        let _ = writeln!(text, "… {more} more");
    }
    let lines = text.lines().count() + BLANK;
    let down = DOWN.repeat(lines);
    let blank = "\r\n".repeat(BLANK);
    let below = text.trim_end().replace('\n', "\r\n");
    format!(
        "{HOLD}{ERASE}{down}\x1b[{lines}A{SAVE}{NO_WRAP}{blank}\r\n{below}{WRAP}{RESTORE}{SHOW}"
    )
}
