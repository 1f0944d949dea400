//! The table as aligned text.

use std::collections::HashMap;
use std::fmt::{self, Write as _};
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::cut::cut_all;
use super::row::SummaryRow;
use super::table::SummaryTable;
use super::units;

/// Names are not shortened below these widths, even if the table is wider than the terminal.
const MIN_KIND_WIDTH: usize = 14;
const MIN_FUNCTION_WIDTH: usize = 16;

const PLAIN: Style = Style::new();
const HEADING: Style = Style::new().bold().underline();
const FAINT: Style = Style::new().dimmed();
const FAILED: Style = Style::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Red)));
const UNUSUAL: Style = Style::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Yellow)));
const NOTABLE: Style = Style::new().bold();

/// The columns that a table of limited width omits, in this order.
const OMITTED: [&str; 9] = [
    "p95",
    "open",
    "allocated",
    "mean",
    "cancelled",
    "p50",
    "max",
    "total",
    "p99",
];

/// A row with at least this share is highlighted.
const NOTABLE_SHARE: f64 = 0.1;

type Count = fn(&SummaryRow) -> u64;

struct Column {
    heading: &'static str,
    is_number: bool,
    cells: Vec<(String, Style)>,
}

impl Column {
    fn width(&self) -> usize {
        let cells = self.cells.iter().map(|(text, _)| text.width());
        cells.fold(self.heading.width(), usize::max)
    }
}

/// The width that a table is fitted into.
#[derive(Clone, Copy)]
pub(super) struct Fit {
    pub(super) width: usize,
    /// Whether columns are omitted if the table would be wider.
    pub(super) is_strict: bool,
}

impl fmt::Display for SummaryTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.whole_text(f.width(), f.alternate()))
    }
}

impl SummaryTable {
    /// Formats all rows. Names are shortened to fit into `width`, if there is one.
    pub(super) fn whole_text(&self, width: Option<usize>, has_colours: bool) -> String {
        let rows: Vec<&SummaryRow> = self.rows().iter().collect();
        let fit = Fit {
            width: width.unwrap_or(usize::MAX),
            is_strict: false,
        };
        self.text(&rows, fit, has_colours)
    }

    /// Formats some of the rows.
    pub(super) fn text(&self, rows: &[&SummaryRow], fit: Fit, has_colours: bool) -> String {
        if rows.is_empty() {
            return "no events were received\n".to_owned();
        }
        let mut numbers = number_columns(rows);
        let [kinds, functions] = name_columns(rows);
        let names_width = kinds.width() + functions.width();
        if fit.is_strict {
            omit_columns(
                &mut numbers,
                fit.width
                    .saturating_sub(MIN_KIND_WIDTH + MIN_FUNCTION_WIDTH),
            );
        }
        let numbers_width: usize = numbers.iter().map(Column::width).sum();
        let gaps = numbers.len() + 1;
        let gap = if names_width + numbers_width + 2 * gaps <= fit.width {
            2
        } else {
            1
        };
        let names = shorten_names(
            kinds,
            functions,
            fit.width.saturating_sub(numbers_width + gap * gaps),
        );
        let columns: Vec<Column> = names.into_iter().chain(numbers).collect();
        let mut text = String::new();
        let widths: Vec<usize> = columns.iter().map(Column::width).collect();
        for line in 0..=rows.len() {
            for (index, (column, width)) in columns.iter().zip(&widths).enumerate() {
                let (cell, style) = match line.checked_sub(1) {
                    None => (column.heading, HEADING),
                    Some(row) => (column.cells[row].0.as_str(), column.cells[row].1),
                };
                let gap = " ".repeat(if index == 0 { 0 } else { gap });
                let pad = " ".repeat(width.saturating_sub(cell.width()));
                let style = if has_colours { style } else { PLAIN };
                let _ = if column.is_number {
                    write!(text, "{gap}{pad}{style}{cell}{style:#}")
                } else {
                    write!(text, "{gap}{style}{cell}{style:#}{pad}")
                };
            }
            text.push('\n');
        }
        if self.lost() > 0 {
            let lost = units::count(self.lost());
            let _ = writeln!(
                text,
                "{lost} more calls are not counted: too many were open at once"
            );
        }
        text
    }
}

/// Returns the columns after the names.
fn number_columns(rows: &[&SummaryRow]) -> Vec<Column> {
    let column = |heading, cell: &dyn Fn(&SummaryRow) -> (String, Style)| Column {
        heading,
        is_number: true,
        cells: rows.iter().map(|row| cell(row)).collect(),
    };
    let counted = |heading, style, count: Count| {
        column(heading, &|row| match count(row) {
            0 => ("0".to_owned(), FAINT),
            count => (units::count(count), style),
        })
    };
    let time = |heading, time: fn(&SummaryRow) -> Duration| {
        column(heading, &|row| {
            let nanos = u64::try_from(time(row).as_nanos()).unwrap_or(u64::MAX);
            let style = if nanos == 0 { FAINT } else { PLAIN };
            let is_notable = heading == "self" && row.share() >= NOTABLE_SHARE;
            (
                units::duration(nanos),
                if is_notable { NOTABLE } else { style },
            )
        })
    };
    let mut columns = vec![counted("calls", PLAIN, SummaryRow::calls)];
    let rare: [(_, _, Count); 3] = [
        ("failed", FAILED, SummaryRow::failed),
        ("cancelled", UNUSUAL, SummaryRow::cancelled),
        ("open", UNUSUAL, SummaryRow::open),
    ];
    for (heading, style, count) in rare {
        if rows.iter().any(|row| count(row) > 0) {
            columns.push(counted(heading, style, count));
        }
    }
    columns.push(time("total", SummaryRow::total));
    columns.push(time("self", SummaryRow::self_time));
    columns.push(column("share", &|row| {
        let style = if row.share() >= NOTABLE_SHARE {
            NOTABLE
        } else {
            PLAIN
        };
        let style = if row.share() < 0.0005 { FAINT } else { style };
        (units::share(row.share()), style)
    }));
    columns.push(time("mean", SummaryRow::mean));
    columns.push(time("p50", SummaryRow::p50));
    columns.push(time("p95", SummaryRow::p95));
    columns.push(time("p99", SummaryRow::p99));
    columns.push(time("max", SummaryRow::max));
    if rows.iter().any(|row| row.allocated().is_some()) {
        columns.push(column("allocated", &|row| match row.allocated() {
            None => ("-".to_owned(), FAINT),
            Some(0) => ("0B".to_owned(), FAINT),
            Some(bytes) => (units::bytes(bytes), PLAIN),
        }));
    }
    columns
}

/// Omits columns until the remaining ones fit into `width` with the smallest gaps.
fn omit_columns(numbers: &mut Vec<Column>, width: usize) {
    for heading in OMITTED {
        if numbers
            .iter()
            .map(|column| column.width() + 1)
            .sum::<usize>()
            < width
        {
            return;
        }
        numbers.retain(|column| column.heading != heading);
    }
}

/// Returns the columns of kinds and functions.
fn name_columns(rows: &[&SummaryRow]) -> [Column; 2] {
    let column = |heading, cells: Vec<String>| Column {
        heading,
        is_number: false,
        cells: cells.into_iter().map(|cell| (cell, PLAIN)).collect(),
    };
    let kinds = rows.iter().map(|row| printable(row.kind())).collect();
    [
        column("kind", kinds),
        column("function", function_names(rows)),
    ]
}

/// Shortens the names of both columns to fit into `width`, but not below the minimal widths.
fn shorten_names(mut kinds: Column, mut functions: Column, width: usize) -> [Column; 2] {
    if kinds.width() + functions.width() > width {
        let room_for_kinds = (width / 2).max(width.saturating_sub(functions.width()));
        let kind_width = kinds.width().min(room_for_kinds.max(MIN_KIND_WIDTH));
        let function_width = width.saturating_sub(kind_width).max(MIN_FUNCTION_WIDTH);
        for (column, width) in [(&mut kinds, kind_width), (&mut functions, function_width)] {
            let names = column.cells.iter_mut().map(|(name, _)| name);
            cut_all(names.collect(), width);
        }
    }
    [kinds, functions]
}

/// Returns the functions' names. Functions of one kind and name are distinguished by their module,
/// or by file and line.
fn function_names(rows: &[&SummaryRow]) -> Vec<String> {
    let plain = |row: &SummaryRow| row.function().to_owned();
    let in_module = |row: &SummaryRow| match row.site() {
        Some(site) => format!("{}::{}", site.module_path(), row.function()),
        None => plain(row),
    };
    let at_line = |row: &SummaryRow| match row.site() {
        Some(site) => format!("{} ({}:{})", row.function(), site.file(), site.line()),
        None => plain(row),
    };
    let count = |name: &dyn Fn(&SummaryRow) -> String| {
        let mut counts = HashMap::new();
        for row in rows {
            *counts.entry((row.kind(), name(row))).or_insert(0) += 1;
        }
        counts
    };
    let plains = count(&plain);
    let in_modules = count(&in_module);
    let is_one = |counts: &HashMap<(&str, String), i32>, row: &SummaryRow, name: &str| {
        counts
            .iter()
            .any(|((kind, known), count)| *kind == row.kind() && known == name && *count == 1)
    };
    let name = |row: &&SummaryRow| {
        let short = plain(row);
        if is_one(&plains, row, &short) {
            return printable(&short);
        }
        let longer = in_module(row);
        if is_one(&in_modules, row, &longer) {
            return printable(&longer);
        }
        printable(&at_line(row))
    };
    rows.iter().map(name).collect()
}

/// Escapes characters that would move a terminal's cursor, change its colours, or reverse the text
/// next to them.
fn printable(text: &str) -> String {
    // Direction marks have the width zero, so they are listed here:
    // <https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters>.
    let is_direction_mark = |character| matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let needs_escape =
        |character: char| character.width().is_none() || is_direction_mark(character);
    if !text.contains(needs_escape) {
        return text.to_owned();
    }
    let escape = |character: char| {
        if needs_escape(character) {
            character.escape_default().to_string()
        } else {
            character.to_string()
        }
    };
    text.chars().map(escape).collect()
}
