//! The order, the filter and the pause of a live table. Keys change them.

use super::row::{SummaryRow, SummarySort};
use super::table::SummaryTable;
use super::width::width;

/// The keys that sort, with the order.
const SORT_KEYS: [(char, SummarySort); 11] = [
    ('s', SummarySort::SelfTime),
    ('t', SummarySort::Total),
    ('b', SummarySort::Busy),
    ('i', SummarySort::Idle),
    ('c', SummarySort::Calls),
    ('f', SummarySort::Failed),
    ('m', SummarySort::Mean),
    ('p', SummarySort::P99),
    ('x', SummarySort::Max),
    ('a', SummarySort::Allocated),
    ('n', SummarySort::Name),
];

const ESCAPE: char = '\u{1b}';

#[derive(Debug, Default)]
pub(super) struct View {
    pub(super) sort: SummarySort,
    filter: String,
    is_editing: bool,
    /// The table that is shown while the view is paused.
    paused: Option<SummaryTable>,
    /// Whether the live table is to end.
    pub(super) has_quit: bool,
}

impl View {
    pub(super) fn new(sort: SummarySort) -> Self {
        Self {
            sort,
            ..Self::default()
        }
    }

    /// Takes the input of one read. `table` returns the present table.
    pub(super) fn input(&mut self, input: &str, table: impl Fn() -> SummaryTable) {
        // An escape sequence, as of an arrow key, is one read. It has no meaning here.
        if input.len() > 1 && input.starts_with(ESCAPE) {
            return;
        }
        for key in input.chars() {
            if self.is_editing {
                self.edit(key);
            } else {
                self.press(key, &table);
            }
        }
    }

    fn edit(&mut self, key: char) {
        match key {
            '\r' | '\n' => self.is_editing = false,
            ESCAPE => {
                self.is_editing = false;
                self.filter.clear();
            }
            '\u{8}' | '\u{7f}' => {
                self.filter.pop();
            }
            _ if key.is_control() => {}
            _ => self.filter.push(key),
        }
    }

    fn press(&mut self, key: char, table: impl Fn() -> SummaryTable) {
        match key {
            'q' => self.has_quit = true,
            '/' => self.is_editing = true,
            ESCAPE => self.filter.clear(),
            ' ' if self.paused.take().is_none() => self.paused = Some(table()),
            _ => {
                let sort = SORT_KEYS.iter().find(|(sort_key, _)| *sort_key == key);
                self.sort = sort.map_or(self.sort, |(_, sort)| *sort);
            }
        }
    }

    /// Returns the table to show, which is sorted.
    pub(super) fn table(&self, now: impl Fn() -> SummaryTable) -> SummaryTable {
        let table = self.paused.clone().unwrap_or_else(now);
        table.sorted_by(self.sort)
    }

    /// Returns whether a row is shown.
    pub(super) fn shows(&self, row: &SummaryRow) -> bool {
        let filter = self.filter.to_lowercase();
        let names = [row.kind(), row.function()];
        names
            .iter()
            .any(|name| name.to_lowercase().contains(&filter))
    }

    /// Returns the line that describes the state and the keys, the latter shortly if the terminal
    /// is narrow.
    pub(super) fn status(&self, width_of_terminal: usize) -> String {
        if self.is_editing {
            return format!("filter: {}▏ Enter keeps, Esc clears", self.filter);
        }
        let keys = SORT_KEYS.map(|(key, _)| key.to_string()).join(" ");
        let mut parts = vec![format!("sort: {}", self.sort.heading())];
        if self.paused.is_some() {
            parts.insert(0, "paused".to_owned());
        }
        if !self.filter.is_empty() {
            parts.push(format!("filter: {}", self.filter));
        }
        let state = parts.join("; ");
        let line = format!("{state}; keys: q quits, space pauses, / filters, {keys} sort");
        if width(&line) <= width_of_terminal {
            return line;
        }
        format!("{state}; keys: q space / {keys}")
    }
}
