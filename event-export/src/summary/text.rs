//! The table as aligned text.

use std::fmt;
use std::time::Duration;

use anstyle::Style;
use event_core::__private::escaped;

use super::columns::{self, Column, FAILED, FAINT, FUNCTION, KIND, NOTABLE, PLAIN, UNUSUAL};
use super::heading;
use super::row::SummaryRow;
use super::table::SummaryTable;
use super::width::wrapped;
use crate::profile::labels::{self, Labelled};
use crate::profile::units;

/// The columns that a table of limited width leaves out, the least important first.
const LEAST_IMPORTANT_FIRST: [&str; 16] = [
    "p95",
    "open",
    "allocated",
    "busy",
    "mean",
    "cancelled",
    "p50",
    "max",
    "idle",
    "total",
    "p99",
    "share",
    KIND,
    "failed",
    "calls",
    "self",
];

/// A row with at least this share is highlighted.
const NOTABLE_SHARE: f64 = 0.1;

type Count = fn(&SummaryRow) -> u64;

impl fmt::Display for SummaryTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.whole_text(f.width(), f.alternate()))
    }
}

impl SummaryTable {
    /// Formats all rows, in lines of at most `width` columns if there is a width.
    pub(super) fn whole_text(&self, width: Option<usize>, has_colours: bool) -> String {
        let rows: Vec<&SummaryRow> = self.rows().iter().collect();
        let width = width.unwrap_or(usize::MAX).max(1);
        self.heading(width) + &self.text(&rows, width, has_colours) + &self.note(width)
    }

    /// Returns the line above the table; nothing for an empty table.
    pub(super) fn heading(&self, width: usize) -> String {
        if self.rows().is_empty() {
            return String::new();
        }
        heading::line(self, width)
    }

    /// Formats the table of some of the rows, in lines of at most `table_width` columns.
    pub(super) fn text(
        &self,
        rows: &[&SummaryRow],
        table_width: usize,
        has_colours: bool,
    ) -> String {
        if rows.is_empty() {
            return wrapped("no events were received", table_width);
        }
        let [kinds, functions] = name_columns(rows);
        let mut columns = vec![kinds, functions];
        columns.extend(number_columns(rows));
        let sorted_by = self.sort().heading();
        let mut headings = LEAST_IMPORTANT_FIRST;
        // A stable sort moves the column to the end.
        headings.sort_by_key(|heading| *heading == sorted_by);
        columns::format(columns, &headings, table_width, has_colours)
    }

    /// Returns the lines below the table.
    pub(super) fn note(&self, width: usize) -> String {
        if self.lost() == 0 {
            return String::new();
        }
        let lost = units::count(self.lost());
        let note = format!("{lost} more calls are not counted: too many were open at once");
        wrapped(&note, width)
    }
}

/// Returns the columns after the names.
fn number_columns(rows: &[&SummaryRow]) -> Vec<Column> {
    let column = |heading, cell: &dyn Fn(&SummaryRow) -> (String, Style)| {
        Column::numbers(heading, rows.iter().map(|row| cell(row)).collect())
    };
    let counted = |heading, style, count: Count| {
        column(heading, &|row| match count(row) {
            0 => ("0".to_owned(), FAINT),
            count => (units::count(count), style),
        })
    };
    let time = |heading, time: fn(&SummaryRow) -> Duration| {
        column(heading, &|row| {
            let (cell, style) = duration_cell(time(row));
            let is_notable = heading == "self" && row.share() >= NOTABLE_SHARE;
            (cell, if is_notable { NOTABLE } else { style })
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
    if rows.iter().any(|row| row.busy().is_some()) {
        let known = |heading, time: fn(&SummaryRow) -> Option<Duration>| {
            column(heading, &|row| match time(row) {
                None => ("-".to_owned(), FAINT),
                Some(time) => duration_cell(time),
            })
        };
        columns.push(known("busy", SummaryRow::busy));
        columns.push(known("idle", SummaryRow::idle));
    }
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

fn duration_cell(time: Duration) -> (String, Style) {
    let nanos = units::nanos(time);
    let style = if nanos == 0 { FAINT } else { PLAIN };
    (units::duration(nanos), style)
}

/// Returns the columns of kinds and functions.
fn name_columns(rows: &[&SummaryRow]) -> [Column; 2] {
    let kinds = rows.iter().map(|row| row.kind().to_owned()).collect();
    [
        Column::names(KIND, kinds),
        Column::names(FUNCTION, function_names(rows)),
    ]
}

/// Returns the functions' labels, which differ within each kind.
fn function_names(rows: &[&SummaryRow]) -> Vec<String> {
    let labelled = rows.iter().map(|row| Labelled {
        kind: row.kind(),
        name: row.function(),
        site: row.site(),
    });
    let labels = labels::distinct(&labelled.collect::<Vec<_>>(), true);
    let escape = |label: String| escaped(&label).into_owned();
    labels.into_iter().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use event_core::{Cause, Kind};

    use super::*;
    use crate::profile::row_index::RowIdentity;
    use crate::profile::self_time::Times;
    use crate::profile::stats::{Call, Stats};
    use crate::summary::width::width;

    /// Returns a row whose numbers are near `number`.
    fn row(number: u64) -> SummaryRow {
        let identity = RowIdentity {
            kind: Kind::new(format!("width:{number}")).unwrap(),
            function: "f".repeat(3 + (number % 118) as usize).into(),
            site: None,
        };
        let mut stats = Stats::default();
        for failure in [None, Some(Cause::Error), Some(Cause::Cancelled)] {
            stats.record(&Call {
                is_outermost: true,
                times: Times {
                    total: number,
                    own: number,
                    busy: Some(number / 2),
                },
                failure,
                allocated: Some(number),
            });
        }
        stats.calls = number.max(3);
        stats.failed = number;
        stats.panicked = stats.failed / 2;
        stats.cancelled = number;
        SummaryRow::new(Some(identity), &stats, number)
    }

    #[test]
    fn numbers_of_every_magnitude_fit() {
        let powers = (0..20).map(|power| 10_u64.pow(power));
        let numbers = powers.flat_map(|power| [power - 1, power, power / 10 * 18]);
        let numbers: Vec<u64> = numbers.chain([u64::MAX]).collect();
        for sizes in [
            &numbers[..10],
            &numbers[20..30],
            &numbers[numbers.len() - 4..],
        ] {
            let rows = sizes.iter().map(|number| row(*number)).collect();
            let table = SummaryTable::new(rows, 12_345_678_901, Duration::from_secs(1));
            let whole = table.text(&table.rows().iter().collect::<Vec<_>>(), usize::MAX, false);
            for table_width in 20..=200 {
                let text = table.whole_text(Some(table_width), false);
                let heading = table.heading(table_width).lines().count();
                let lines = text.lines().skip(heading).take(1 + sizes.len());
                for line in text.lines() {
                    assert!(width(line) <= table_width, "{table_width}: {line}\n{text}");
                }
                for (line, all) in lines.zip(whole.lines()) {
                    let is_name = |word: &&str| word.contains(['f', '…', ':']);
                    for number in line.split_whitespace().skip_while(is_name) {
                        let mut words = all.split_whitespace();
                        assert!(
                            words.any(|word| word == number),
                            "{number} in {line}\n{all}"
                        );
                    }
                }
            }
        }
    }
}
