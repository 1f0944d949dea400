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

/// Names are not cut below these, so that a table may be wider.
const LEAST_KIND: usize = 14;
const LEAST_FUNCTION: usize = 16;

const PLAIN: Style = Style::new();
const HEADING: Style = Style::new().bold().underline();
const FAINT: Style = Style::new().dimmed();
const BAD: Style = Style::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Red)));
const ODD: Style = Style::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Yellow)));
const GREAT: Style = Style::new().bold();

/// What is left out first where a table must not be wider than it may, as on a live terminal.
const LEFT_OUT: [&str; 9] = [
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

/// From this share on a row stands out.
const GREAT_SHARE: f64 = 0.1;

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

/// How wide a table is to be.
#[derive(Clone, Copy)]
pub(super) struct Fit {
    pub(super) width: usize,
    /// Whether columns are left out where it would be wider.
    pub(super) is_strict: bool,
}

impl fmt::Display for SummaryTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.whole_text(f.width(), f.alternate()))
    }
}

impl SummaryTable {
    /// All of the rows, their names cut so that they fit into `width`, if there is one.
    pub(super) fn whole_text(&self, width: Option<usize>, has_colours: bool) -> String {
        let rows: Vec<&SummaryRow> = self.rows().iter().collect();
        let fit = Fit {
            width: width.unwrap_or(usize::MAX),
            is_strict: false,
        };
        self.text(&rows, fit, has_colours)
    }

    /// Some of the rows.
    pub(super) fn text(&self, rows: &[&SummaryRow], fit: Fit, has_colours: bool) -> String {
        if rows.is_empty() {
            return "no events were heard\n".to_owned();
        }
        let mut numbers = numbers(rows);
        let [kinds, functions] = names(rows);
        let wide = kinds.width() + functions.width();
        if fit.is_strict {
            leave_out(
                &mut numbers,
                fit.width.saturating_sub(LEAST_KIND + LEAST_FUNCTION),
            );
        }
        let taken: usize = numbers.iter().map(Column::width).sum();
        let gaps = numbers.len() + 1;
        let gap = if wide + taken + 2 * gaps <= fit.width {
            2
        } else {
            1
        };
        let names = cut_names(
            kinds,
            functions,
            fit.width.saturating_sub(taken + gap * gaps),
        );
        let columns: Vec<Column> = names.into_iter().chain(numbers).collect();
        let mut text = String::new();
        let widths: Vec<usize> = columns.iter().map(Column::width).collect();
        for line in 0..=rows.len() {
            for (place, (column, width)) in columns.iter().zip(&widths).enumerate() {
                let (cell, style) = match line.checked_sub(1) {
                    None => (column.heading, HEADING),
                    Some(row) => (column.cells[row].0.as_str(), column.cells[row].1),
                };
                let gap = " ".repeat(if place == 0 { 0 } else { gap });
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

/// The columns behind the names.
fn numbers(rows: &[&SummaryRow]) -> Vec<Column> {
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
            let is_great = heading == "self" && row.share() >= GREAT_SHARE;
            (units::duration(nanos), if is_great { GREAT } else { style })
        })
    };
    let mut columns = vec![counted("calls", PLAIN, SummaryRow::calls)];
    let rare: [(_, _, Count); 3] = [
        ("failed", BAD, SummaryRow::failed),
        ("cancelled", ODD, SummaryRow::cancelled),
        ("open", ODD, SummaryRow::open),
    ];
    for (heading, style, count) in rare {
        if rows.iter().any(|row| count(row) > 0) {
            columns.push(counted(heading, style, count));
        }
    }
    columns.push(time("total", SummaryRow::total));
    columns.push(time("self", SummaryRow::self_time));
    columns.push(column("share", &|row| {
        let style = if row.share() >= GREAT_SHARE {
            GREAT
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

/// Leaves columns out until the others fit into `width` with the least gaps.
fn leave_out(numbers: &mut Vec<Column>, width: usize) {
    for heading in LEFT_OUT {
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

/// The columns of kinds and functions.
fn names(rows: &[&SummaryRow]) -> [Column; 2] {
    let column = |heading, cells: Vec<String>| Column {
        heading,
        is_number: false,
        cells: cells.into_iter().map(|cell| (cell, PLAIN)).collect(),
    };
    let kinds = rows.iter().map(|row| printable(row.kind())).collect();
    [column("kind", kinds), column("function", functions(rows))]
}

/// The same, cut so that both fit into `width` if they can.
fn cut_names(mut kinds: Column, mut functions: Column, width: usize) -> [Column; 2] {
    let (kind, function) = (kinds.width(), functions.width());
    if kind + function > width {
        let kind_fits = (width / 2).max(width.saturating_sub(function));
        let kind = kind.min(kind_fits.max(LEAST_KIND));
        let function = width.saturating_sub(kind).max(LEAST_FUNCTION);
        for (column, width) in [(&mut kinds, kind), (&mut functions, function)] {
            let names = column.cells.iter_mut().map(|(name, _)| name);
            cut_all(names.collect(), width);
        }
    }
    [kinds, functions]
}

/// The functions' names, with what tells those of one kind apart that are called the same.
fn functions(rows: &[&SummaryRow]) -> Vec<String> {
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
    let (plains, in_modules) = (count(&plain), count(&in_module));
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

/// The text without what would move a terminal's cursor, colour it, or turn around what stands beside it.
fn printable(text: &str) -> String {
    // Marks of direction are as wide as nothing: <https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters>.
    let turns = |character| matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let is_odd = |character: char| character.width().is_none() || turns(character);
    if !text.contains(is_odd) {
        return text.to_owned();
    }
    let escape = |character: char| {
        if is_odd(character) {
            character.escape_default().to_string()
        } else {
            character.to_string()
        }
    };
    text.chars().map(escape).collect()
}
