//! The table, and its JSON and CSV.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io;
use std::time::Duration;

use serde_json::Value;

use super::comparison::SummaryComparison;
use super::measures::{Run, VERSION};
use super::row::{Interval, SummaryRow, SummarySort};
use super::totals::Totals;
use crate::profile::units;

/// The statistics of a [`Summary`](crate::Summary) at one moment.
///
/// `{}` formats it as aligned text, `{:#}` with colours. The first line shows the run time, the
/// number of calls, the errors, panics and cancelled calls, the kinds, and how many calls were
/// lost. The columns `failed`, `cancelled`, `open`, `busy`, `idle` and `allocated` appear only if a
/// row needs them. Durations are like `1.23ms`, `12.3s`, `27m49s`, `5h07m` or `3d04h`.
///
/// A width, as in `{:80}`, is the number of terminal columns that no line exceeds. Long names are
/// shortened in the middle. If that does not suffice, columns are left out, the least important
/// first: `p95`, `open`, `allocated`, `busy`, `mean`, `cancelled`, `p50`, `max`, `idle`, `total`,
/// `p99`, `share`, `kind`, `failed`, `calls`, `self`. The column that the rows are sorted by is
/// left out last. Numbers are never shortened.
///
/// # Examples
///
/// ```
/// use event_core::{local, trigger_event};
/// use event_export::{Summary, SummarySort};
///
/// let summary = local::install_listener("docs:table*", Summary::new());
/// for _ in 0..3 {
///     trigger_event("docs:table_b", (), || {});
/// }
/// trigger_event("docs:table_a", (), || {});
/// let table = summary.table().sorted_by(SummarySort::Calls);
/// assert_eq!(table.rows()[0].kind(), "docs:table_b");
/// let text = table.to_string();
/// assert!(text.contains(", 4 calls, no failures; docs:table_a, docs:table_b\nkind "), "{text}");
/// assert!(table.to_csv().lines().nth(1).unwrap().starts_with("docs:table_b,docs:table_b,,,,3,"));
/// ```
#[derive(Clone, Debug)]
pub struct SummaryTable {
    rows: Vec<SummaryRow>,
    lost: u64,
    run_time: Duration,
    sort: SummarySort,
}

impl SummaryTable {
    pub(super) fn new(mut rows: Vec<SummaryRow>, lost: u64, run_time: Duration) -> Self {
        let all: Duration = rows.iter().map(SummaryRow::self_time).sum();
        for row in &mut rows {
            row.set_share_of(all);
        }
        Self {
            rows,
            lost,
            run_time,
            sort: SummarySort::default(),
        }
    }

    /// Returns the rows.
    #[must_use]
    pub fn rows(&self) -> &[SummaryRow] {
        &self.rows
    }

    /// Returns the order of the rows.
    pub(super) const fn sort(&self) -> SummarySort {
        self.sort
    }

    /// Returns the kinds of the rows.
    pub(super) fn kinds(&self) -> BTreeSet<&str> {
        let rows = self.rows.iter().filter(|row| !row.is_others());
        rows.map(SummaryRow::kind).collect()
    }

    /// Returns the time since the [`Summary`](crate::Summary) was created.
    #[must_use]
    pub const fn run_time(&self) -> Duration {
        self.run_time
    }

    /// Returns how many calls were not counted, because more than 4 million were open at once.
    #[must_use]
    pub const fn lost(&self) -> u64 {
        self.lost
    }

    /// Returns the same table with its rows in the order `sort`.
    #[must_use]
    pub fn sorted_by(mut self, sort: SummarySort) -> Self {
        self.rows.sort_by(|a, b| sort.compare(a, b));
        self.sort = sort;
        self
    }

    /// Returns the table as JSON: an object with `rows`, a list of objects, one on each line.
    ///
    /// The keys of a row are the columns of [`to_csv`](Self::to_csv), and `intervals`, an object
    /// with the 99 % confidence intervals of `mean_ns`, `p50_ns` and `p99_ns`, each a list of two
    /// numbers. Unknown values are `null`; few calls have no intervals.
    ///
    /// The other keys of the table are `version` (the number of this format, 1), `run_ns` (the run
    /// time), `calls`, `failed`, `panicked`, `cancelled`, `open` and `lost` of all rows, and
    /// `kinds`, a list of texts.
    ///
    /// # Examples
    ///
    /// ```
    /// let json = event_export::Summary::new().table().to_json();
    /// let value: serde_json::Value = serde_json::from_str(&json)?;
    /// assert_eq!(value["rows"].as_array().map(Vec::len), Some(0));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn to_json(&self) -> String {
        let totals = Totals::of(&self.rows);
        let kinds: Vec<&str> = self.kinds().into_iter().collect();
        let numbers = [
            ("version", VERSION),
            ("run_ns", units::nanos(self.run_time)),
            ("calls", totals.calls),
            ("failed", totals.failed),
            ("panicked", totals.panicked),
            ("cancelled", totals.cancelled),
            ("open", totals.open),
            ("lost", self.lost),
        ];
        let numbers = numbers.map(|(key, number)| format!("\"{key}\": {number}"));
        let (numbers, kinds) = (numbers.join(", "), Value::from(kinds));
        let mut text = format!("{{{numbers}, \"kinds\": {kinds}, \"rows\": [");
        for (index, row) in self.rows.iter().enumerate() {
            text.push_str(if index == 0 { "\n{" } else { ",\n{" });
            for (column, (key, value)) in row.columns().into_iter().enumerate() {
                let comma = if column == 0 { "" } else { ", " };
                let _ = write!(text, "{comma}\"{key}\": {value}"); // a `String` accepts all
            }
            let intervals = row.intervals();
            let _ = write!(
                text,
                ", \"intervals\": {{\"mean_ns\": {}, \"p50_ns\": {}, \"p99_ns\": {}}}}}",
                interval(intervals.mean),
                interval(intervals.p50),
                interval(intervals.p99),
            );
        }
        text.push_str("\n]}\n");
        text
    }

    /// Compares this table with that of an earlier run, given by its [JSON](Self::to_json). Rows
    /// are the same if their kind, function and module are.
    ///
    /// # Errors
    ///
    /// Returns an error if `before` is not the JSON of a table, or is of another version.
    ///
    /// # Examples
    ///
    /// ```
    /// use event_core::{local, trigger_event};
    /// use event_export::Summary;
    ///
    /// let summary = local::install_listener("docs:compared", Summary::new());
    /// for _ in 0..20 {
    ///     trigger_event("docs:compared", (), || {});
    /// }
    /// let before = summary.table().to_json();
    /// for _ in 0..20 {
    ///     trigger_event("docs:compared", (), || {
    ///         std::thread::sleep(std::time::Duration::from_millis(1));
    ///     });
    /// }
    /// let comparison = summary.table().compared_with(&before)?;
    /// println!("{comparison}");
    /// assert!(comparison.to_string().contains("40 +100%")); // calls
    /// assert!(summary.table().compared_with("{}").is_err());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn compared_with(&self, before: &str) -> io::Result<SummaryComparison> {
        let before = Run::from_json(before)
            .map_err(|why| io::Error::new(io::ErrorKind::InvalidData, why))?;
        Ok(self.compared_with_run(before))
    }

    pub(super) fn compared_with_run(&self, before: Run) -> SummaryComparison {
        SummaryComparison::new(before, Run::of_rows(&self.rows, self.run_time))
    }

    /// Returns the table as CSV ([RFC 4180](https://www.rfc-editor.org/rfc/rfc4180), lines end in
    /// `\n`), with a line of headings: `kind`, `function`, `module`, `file`, `line`, `calls`,
    /// `failed`, `panicked`, `cancelled`, `open`, `total_ns`, `busy_ns`, `idle_ns`, `self_ns`,
    /// `share` (0 to 1), `mean_ns`, `p50_ns`, `p95_ns`, `p99_ns`, `max_ns`, `allocated_bytes`.
    ///
    /// Times are in whole nanoseconds; unknown values are empty.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let headings = SummaryRow::default().columns().map(|(key, _)| key);
        let mut text = headings.join(",");
        text.push('\n');
        for row in &self.rows {
            let cells = row.columns().map(|(_, value)| csv_cell(value));
            text.push_str(&cells.join(","));
            text.push('\n');
        }
        text
    }
}

fn interval(interval: Interval) -> Value {
    interval.map_or(Value::Null, |(low, high)| Value::from([low, high]))
}

fn csv_cell(value: Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) if text.contains([',', '"', '\n', '\r']) => {
            format!("\"{}\"", text.replace('"', "\"\""))
        }
        Value::String(text) => text,
        number => number.to_string(),
    }
}
