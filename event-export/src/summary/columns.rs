//! Aligned columns of text that fit into a width.

use std::collections::HashMap;
use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::cut::{cut, cut_all};
use super::width::width;

pub(super) const PLAIN: Style = Style::new();
const HEADING: Style = Style::new().bold().underline();
pub(super) const FAINT: Style = Style::new().dimmed();
pub(super) const FAILED: Style = Style::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Red)));
pub(super) const FASTER: Style =
    Style::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Green)));
pub(super) const UNUSUAL: Style =
    Style::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Yellow)));
pub(super) const NOTABLE: Style = Style::new().bold();

pub(super) const KIND: &str = "kind";
pub(super) const FUNCTION: &str = "function";

/// A column of text.
pub(super) struct Column {
    heading: &'static str,
    is_number: bool,
    cells: Vec<(String, Style)>,
    /// The width that the cells were shortened to.
    limit: usize,
}

impl Column {
    /// Returns a column of names, which may be shortened.
    pub(super) fn names(heading: &'static str, names: Vec<String>) -> Self {
        Self {
            heading,
            is_number: false,
            cells: names.into_iter().map(|name| (name, PLAIN)).collect(),
            limit: usize::MAX,
        }
    }

    /// Returns a column of numbers, each with its style.
    pub(super) fn numbers(heading: &'static str, cells: Vec<(String, Style)>) -> Self {
        Self {
            heading,
            is_number: true,
            cells,
            limit: usize::MAX,
        }
    }

    fn width(&self) -> usize {
        let cells = self.cells.iter().map(|(text, _)| width(text));
        cells.fold(width(self.heading), usize::max).min(self.limit)
    }

    /// Returns the width that other columns are left out for. Numbers are never shortened.
    ///
    /// In a table that is wider by one column, the names grow by at most one column in total, so
    /// it shows the same columns or more.
    fn least_width(&self, of_table: usize) -> usize {
        let shortened = match self.heading {
            KIND => (of_table / 5).max(6),
            FUNCTION => (of_table / 2 - of_table / 5).max(8),
            _ => return self.width(),
        };
        self.width().min(shortened)
    }

    fn shorten(&mut self, columns: usize) {
        self.limit = columns;
        cut_all(
            self.cells.iter_mut().map(|(name, _)| name).collect(),
            columns,
        );
    }
}

/// Formats the columns, with their headings, in lines of at most `table_width` terminal columns.
///
/// The first two columns are those of the kinds and the functions. If a line does not fit, columns
/// are left out in the order of `least_important_first`, and names are shortened.
pub(super) fn format(
    columns: Vec<Column>,
    least_important_first: &[&str],
    table_width: usize,
    has_colours: bool,
) -> String {
    let rows = columns.first().map_or(0, |column| column.cells.len());
    let (columns, gap) = fit(columns, least_important_first, table_width);
    let widths: Vec<usize> = columns.iter().map(Column::width).collect();
    let mut text = String::new();
    for line in 0..=rows {
        for (index, (column, column_width)) in columns.iter().zip(&widths).enumerate() {
            let (cell, style) = match line.checked_sub(1) {
                None => (cut(column.heading, *column_width), HEADING),
                Some(row) => column.cells[row].clone(),
            };
            let gap = " ".repeat(if index == 0 { 0 } else { gap });
            let pad = " ".repeat(column_width.saturating_sub(width(&cell)));
            let style = if has_colours { style } else { PLAIN };
            let _ = if column.is_number {
                write!(text, "{gap}{pad}{style}{cell}{style:#}")
            } else {
                write!(text, "{gap}{style}{cell}{style:#}{pad}")
            };
        }
        text.push('\n');
    }
    text
}

/// Leaves columns out and shortens names until a line has at most `width` columns. Returns the
/// columns, and the width of the gaps between them.
fn fit(
    mut columns: Vec<Column>,
    least_important_first: &[&str],
    width: usize,
) -> (Vec<Column>, usize) {
    for heading in least_important_first {
        let least = columns.iter().map(|column| column.least_width(width));
        if least.sum::<usize>() + columns.len() - 1 <= width {
            break;
        }
        let Some(left_out) = columns.iter().position(|column| column.heading == *heading) else {
            continue;
        };
        let left_out = columns.remove(left_out);
        if *heading == KIND {
            distinguish_by_kind(&mut columns[0], &left_out);
        }
    }
    let gaps = columns.len() - 1;
    let whole: usize = columns.iter().map(Column::width).sum();
    let gap = if whole + 2 * gaps <= width { 2 } else { 1 };
    let numbers = columns.iter().filter(|column| column.is_number);
    let numbers: usize = numbers.map(Column::width).sum();
    let room = width.saturating_sub(numbers + gap * gaps);
    let names = columns.iter_mut().filter(|column| !column.is_number);
    match &mut names.collect::<Vec<_>>()[..] {
        [kinds, functions] if kinds.width() + functions.width() > room => {
            let room_for_kinds = (room * 2 / 5).max(room.saturating_sub(functions.width()));
            kinds.shorten(kinds.width().min(room_for_kinds));
            functions.shorten(room - kinds.width());
        }
        [functions] => functions.shorten(room),
        _ => {}
    }
    (columns, gap)
}

/// Appends the kind to the names of functions that several rows have, if no column shows the kind.
fn distinguish_by_kind(functions: &mut Column, kinds: &Column) {
    let mut counts = HashMap::new();
    for (name, _) in &functions.cells {
        *counts.entry(name.clone()).or_insert(0) += 1;
    }
    for ((name, _), (kind, _)) in functions.cells.iter_mut().zip(&kinds.cells) {
        if name.is_empty() {
            kind.clone_into(name);
        } else if counts[name] > 1 {
            *name = format!("{name} ({kind})");
        }
    }
}
