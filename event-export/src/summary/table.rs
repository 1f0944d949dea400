//! The table, and its JSON and CSV.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::Value;

use super::row::{SummaryRow, SummarySort};

/// The statistics of a [`Summary`](crate::Summary) at one moment.
///
/// `{}` formats it as aligned text, `{:#}` with colours. The columns `failed`, `cancelled`, `open`
/// and `allocated` appear only if a row needs them. Durations are like `1.23ms`, `12.3s`, `27m49s`,
/// `5h07m` or `3d04h`.
///
/// A width, as in `{:80}`, is the number of terminal columns that no line exceeds. Long names are
/// shortened in the middle. If that does not suffice, columns are left out, the least important
/// first: `p95`, `open`, `allocated`, `mean`, `cancelled`, `p50`, `max`, `total`, `p99`, `share`,
/// `kind`, `failed`, `calls`, `self`. The column that the rows are sorted by is left out last.
/// Numbers are never shortened.
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
/// assert!(table.to_string().starts_with("kind"));
/// assert!(table.to_csv().lines().nth(1).unwrap().starts_with("docs:table_b,docs:table_b,,,,3,"));
/// ```
#[derive(Clone, Debug)]
pub struct SummaryTable {
    rows: Vec<SummaryRow>,
    lost: u64,
    sort: SummarySort,
}

impl SummaryTable {
    pub(super) fn new(mut rows: Vec<SummaryRow>, lost: u64) -> Self {
        let all: Duration = rows.iter().map(SummaryRow::self_time).sum();
        for row in &mut rows {
            row.set_share_of(all);
        }
        Self {
            rows,
            lost,
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

    /// Returns the table as JSON: an object with `lost`, a number, and `rows`, a list of objects,
    /// one on each line.
    ///
    /// The keys are the columns of [`to_csv`](Self::to_csv); unknown values are `null`.
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
        let mut text = format!("{{\"lost\": {}, \"rows\": [", self.lost);
        for (index, row) in self.rows.iter().enumerate() {
            text.push_str(if index == 0 { "\n{" } else { ",\n{" });
            for (column, (key, value)) in row.columns().into_iter().enumerate() {
                let comma = if column == 0 { "" } else { ", " };
                let _ = write!(text, "{comma}\"{key}\": {value}"); // a `String` accepts all
            }
            text.push('}');
        }
        text.push_str("\n]}\n");
        text
    }

    /// Returns the table as CSV ([RFC 4180](https://www.rfc-editor.org/rfc/rfc4180), lines end in
    /// `\n`), with a line of headings: `kind`, `function`, `module`, `file`, `line`, `calls`,
    /// `failed`, `cancelled`, `open`, `total_ns`, `self_ns`, `share` (0 to 1), `mean_ns`, `p50_ns`,
    /// `p95_ns`, `p99_ns`, `max_ns`, `allocated_bytes`.
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
