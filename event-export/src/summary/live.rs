//! The table on a terminal, redrawn while the program runs.
//!
//! The table is at the bottom of the screen. The lines above it scroll by themselves, so the
//! program's own output never meets the table. Keys change what the table shows, if stdin is the
//! terminal, too.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use event_core::__private::escaped;

use super::calls::Calls;
use super::cut::cut;
#[cfg(unix)]
use super::fatal_signals::FatalSignals;
#[cfg(unix)]
use super::keyboard::Keyboard;
use super::row::{SummaryRow, SummarySort};
use super::table::SummaryTable;
use super::terminal::{has_colours, is_dumb, size};
use super::view::View;
use crate::host::worker;

const REDRAW_INTERVAL: Duration = Duration::from_millis(250);

/// How long a key may wait, and the end of the program.
const MAX_DELAY: Duration = Duration::from_millis(50);

/// The fewest lines of the screen that the program's output has.
const MIN_OUTPUT: usize = 4;

/// A table that is redrawn until this is dropped.
#[derive(Debug)]
pub(super) struct LiveTable {
    /// The thread ends when the sender is dropped.
    running: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl LiveTable {
    /// Starts the thread that draws, if stderr is a terminal that supports redrawing.
    pub(super) fn start(calls: Arc<Calls>, sort: SummarySort, has_keys: bool) -> Option<Self> {
        if !io::stderr().is_terminal() || is_dumb() {
            return None;
        }
        let (running, is_running) = channel();
        let keyboard = has_keys.then(Keyboard::open).flatten();
        let draw = move || draw_repeatedly(&is_running, &calls, sort, keyboard);
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

fn draw_repeatedly(
    is_running: &Receiver<()>,
    calls: &Calls,
    sort: SummarySort,
    mut keyboard: Option<Keyboard>,
) {
    let mut view = View::new(sort);
    let mut drawn = Instant::now();
    let mut signals: Option<FatalSignals> = None;
    while is_running.try_recv() == Err(TryRecvError::Empty) && !view.has_quit {
        let input = if let Some(keyboard) = &mut keyboard {
            keyboard.read(MAX_DELAY, || write(&end()))
        } else {
            std::thread::sleep(MAX_DELAY);
            String::new()
        };
        if signals.as_ref().is_some_and(FatalSignals::is_received) {
            break;
        }
        // Signals are blocked, so no handler waits for the lock of the calls.
        view.input(&input, || calls.table(sort));
        if input.is_empty() && drawn.elapsed() < REDRAW_INTERVAL {
            continue;
        }
        drawn = Instant::now();
        if keyboard.is_some() {
            // Not before the first table, so that the program has registered its own handlers.
            signals.get_or_insert_with(FatalSignals::watch);
        }
        // In the background the terminal belongs to another program.
        if keyboard.as_ref().is_none_or(Keyboard::is_in_foreground) {
            let table = view.table(|| calls.table(sort));
            let (height, width) = size();
            let status = keyboard.as_ref().map(|_| view.status(width));
            write(&picture(&table, &view, status, height, width));
        }
    }
    if keyboard.as_ref().is_none_or(Keyboard::is_in_foreground) {
        write(&end());
    }
    drop(keyboard); // restores the terminal
    drop(signals); // ends the process if a signal was received
}

/// Without Unix, there are no keys.
#[cfg(not(unix))]
#[derive(Debug)]
enum Keyboard {}

#[cfg(not(unix))]
impl Keyboard {
    const fn open() -> Option<Self> {
        None
    }

    fn is_in_foreground(&self) -> bool {
        match *self {}
    }

    fn read(&mut self, _: Duration, _: impl FnOnce()) -> String {
        match *self {}
    }
}

#[cfg(not(unix))]
#[derive(Debug)]
enum FatalSignals {}

#[cfg(not(unix))]
impl FatalSignals {
    fn watch() -> Self {
        unreachable!("there are no keys")
    }

    fn is_received(&self) -> bool {
        match *self {}
    }
}

fn write(text: &str) {
    // An error means that the terminal is closed.
    let _ = io::stderr().write_all(text.as_bytes());
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

const SCROLL_ALL: &str = "\x1b[r"; // moves the cursor, too

/// Returns the text that erases the table and lets the whole screen scroll.
fn end() -> String {
    format!("{SAVE}{SCROLL_ALL}{RESTORE}{ERASE}")
}

/// Returns the text that draws the table at the bottom and leaves the cursor in place.
fn picture(
    table: &SummaryTable,
    view: &View,
    status: Option<String>,
    height: usize,
    width: usize,
) -> String {
    let heading = table.heading(width);
    let mut note = table.note(width);
    if let Some(status) = status {
        let _ = writeln!(note, "{}", cut(&escaped(&status), width)); // a `String` accepts all
    }
    // Other lines: the headings, and the count of rows that are not shown.
    let others = heading.lines().count() + 1 + 1 + note.lines().count();
    let room = height.saturating_sub(MIN_OUTPUT + others);
    if room == 0 {
        return end();
    }
    let matching: Vec<&SummaryRow> = table.rows().iter().filter(|row| view.shows(row)).collect();
    let rows = &matching[..matching.len().min(room)];
    let mut text = heading;
    if rows.is_empty() && !table.rows().is_empty() {
        text.push_str("no function matches the filter\n");
    } else {
        text += &table.text(rows, width, has_colours());
    }
    let more = matching.len() - rows.len();
    if more > 0 {
        let _ = writeln!(text, "… {more} more");
    }
    text.push_str(&note);
    let lines = text.lines().count();
    let top = height.saturating_sub(lines).max(1);
    let first = top + 1;
    let down = DOWN.repeat(lines);
    let below = text.trim_end().replace('\n', "\r\n");
    // Moves the program's output up until there is room below the cursor.
    let make_room = format!("{SAVE}{SCROLL_ALL}{RESTORE}{ERASE}{down}\x1b[{lines}A");
    format!(
        "{HOLD}{make_room}{SAVE}\x1b[1;{top}r\x1b[{first};1H{NO_WRAP}{below}{WRAP}{RESTORE}{SHOW}"
    )
}
