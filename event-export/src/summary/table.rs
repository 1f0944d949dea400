//! The table: rows with typed columns, and as JSON and CSV.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::fmt::Write as _;
use std::time::Duration;

use event_core::Site;
use serde_json::Value;

use super::rows::Identity;
use crate::profile::stats::Stats;

/// What a [`Summary`](crate::Summary) had added up when it was asked.
///
/// It prints as aligned text without colours; with `{:#}` in colours. Names are whole, unless there is a width in the
/// format, as in `{:140}`: it is the number of columns to fit the table into, for which long names are cut in the middle,
/// numbers never. Columns `failed`, `cancelled`, `open` and `allocated` are there if a row has any.
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
}

impl SummaryTable {
    pub(super) fn new(mut rows: Vec<SummaryRow>, lost: u64) -> Self {
        let all: Duration = rows.iter().map(|row| row.self_time).sum();
        for row in &mut rows {
            if !all.is_zero() {
                row.share = row.self_time.as_secs_f64() / all.as_secs_f64();
            }
        }
        Self { rows, lost }
    }

    /// Returns the rows.
    #[must_use]
    pub fn rows(&self) -> &[SummaryRow] {
        &self.rows
    }

    /// Returns how many calls are in no row, because more than 4 million were open at once.
    #[must_use]
    pub const fn lost(&self) -> u64 {
        self.lost
    }

    /// Returns the same table with its rows in the order `sort`.
    #[must_use]
    pub fn sorted_by(mut self, sort: SummarySort) -> Self {
        self.rows.sort_by(|a, b| {
            let by_name =
                |row: &SummaryRow| (row.is_others, row.kind.clone(), row.function.clone());
            let names = || by_name(a).cmp(&by_name(b));
            sort.key(a).cmp(&sort.key(b)).then_with(names)
        });
        self
    }

    /// Returns the table as JSON: an object with `lost`, a number, and `rows`, a list of objects, one a line.
    ///
    /// Their keys are those of [`to_csv`](Self::to_csv)'s columns; what is not known is `null`.
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
        for (place, row) in self.rows.iter().enumerate() {
            text.push_str(if place == 0 { "\n{" } else { ",\n{" });
            for (place, (key, value)) in row.columns().into_iter().enumerate() {
                let comma = if place == 0 { "" } else { ", " };
                let _ = write!(text, "{comma}\"{key}\": {value}"); // to a String, which takes all
            }
            text.push('}');
        }
        text.push_str("\n]}\n");
        text
    }

    /// Returns the table as CSV ([RFC 4180](https://www.rfc-editor.org/rfc/rfc4180), lines end in `\n`), with a
    /// line of headings: `kind`, `function`, `module`, `file`, `line`, `calls`, `failed`, `cancelled`, `open`,
    /// `total_ns`, `self_ns`, `share` (of one), `mean_ns`, `p50_ns`, `p95_ns`, `p99_ns`, `max_ns`,
    /// `allocated_bytes`.
    ///
    /// Times are in whole nanoseconds; what is not known is empty.
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

/// One line of a [`SummaryTable`]: the calls of one function, or of one kind.
///
/// Durations are wall time. A percentile is exact up to one part in a hundred, above: `p99` of 1.00 ms says that 99
/// of 100 calls took 1.00 ms or less, and that it might be 0.99 ms. Everything else is exact.
#[derive(Clone, Debug, Default)]
pub struct SummaryRow {
    kind: Cow<'static, str>,
    function: Cow<'static, str>,
    pub(super) is_others: bool,
    site: Option<&'static Site>,
    calls: u64,
    failed: u64,
    cancelled: u64,
    open: u64,
    total: Duration,
    self_time: Duration,
    share: f64,
    mean: Duration,
    p50: Duration,
    p95: Duration,
    p99: Duration,
    max: Duration,
    allocated: Option<u64>,
}

impl SummaryRow {
    pub(super) fn new(identity: Identity, stats: Option<&Stats>, open: u64) -> Self {
        let names = Self {
            kind: match identity.kind {
                Some(kind) => Cow::Borrowed(kind.as_str()),
                None => Cow::Borrowed("(others)"),
            },
            function: identity.function,
            is_others: identity.kind.is_none(),
            site: identity.site,
            open,
            ..Self::default()
        };
        let Some(stats) = stats else {
            return names;
        };
        let quantile = |quantile| Duration::from_nanos(stats.quantile(quantile));
        Self {
            calls: stats.calls,
            failed: stats.failed,
            cancelled: stats.cancelled,
            total: Duration::from_nanos(stats.total),
            self_time: Duration::from_nanos(stats.own),
            mean: Duration::from_nanos(stats.mean().unwrap_or(0)),
            p50: quantile(0.50),
            p95: quantile(0.95),
            p99: quantile(0.99),
            max: Duration::from_nanos(stats.max),
            allocated: stats.allocated,
            ..names
        }
    }

    /// Returns the kind; `(others)` for the row of what was too much for rows of its own.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Returns the function, or what the event says it is called (`data["name"]`), or the kind.
    #[must_use]
    pub fn function(&self) -> &str {
        &self.function
    }

    /// Returns where the function stands; none where the name is not a function's.
    #[must_use]
    pub const fn site(&self) -> Option<&'static Site> {
        self.site
    }

    /// Returns how many calls have ended, however they did.
    #[must_use]
    pub const fn calls(&self) -> u64 {
        self.calls
    }

    /// Returns how many of them panicked or returned an error that was told.
    #[must_use]
    pub const fn failed(&self) -> u64 {
        self.failed
    }

    /// Returns how many of them were futures that were dropped before they were done.
    #[must_use]
    pub const fn cancelled(&self) -> u64 {
        self.cancelled
    }

    /// Returns how many calls had begun and not ended; they are in no other column.
    #[must_use]
    pub const fn open(&self) -> u64 {
        self.open
    }

    /// Returns the time of all calls together, each from its START to its END.
    ///
    /// A call that is inside another of the same row, directly or through other functions, is part of that one's
    /// time and does not count again. Calls side by side, on several threads or in several tasks, each count, so this
    /// may be more than has passed.
    #[must_use]
    pub const fn total(&self) -> Duration {
        self.total
    }

    /// Returns the total without the time during which scopes inside were open.
    ///
    /// A future's time goes on while it waits for something else than a scope that is heard.
    #[must_use]
    pub const fn self_time(&self) -> Duration {
        self.self_time
    }

    /// Returns the part of all rows' self time that is this row's: between zero and one, and one for all rows
    /// together.
    #[must_use]
    pub const fn share(&self) -> f64 {
        self.share
    }

    /// Returns the mean time of a call, recursive ones like others.
    #[must_use]
    pub const fn mean(&self) -> Duration {
        self.mean
    }

    /// Returns the median: half of the calls took this long or less.
    #[must_use]
    pub const fn p50(&self) -> Duration {
        self.p50
    }

    /// Returns what 95 of 100 calls did not exceed.
    #[must_use]
    pub const fn p95(&self) -> Duration {
        self.p95
    }

    /// Returns what 99 of 100 calls did not exceed.
    #[must_use]
    pub const fn p99(&self) -> Duration {
        self.p99
    }

    /// Returns the longest call's time.
    #[must_use]
    pub const fn max(&self) -> Duration {
        self.max
    }

    /// Returns the bytes that the calls allocated, freed since or not, with what they called on their thread;
    /// recursion counts once, as in [`total`](Self::total).
    ///
    /// None where that cannot be known: the program has no `CountingAllocator` (feature `alloc`), or all calls
    /// were futures, or ended on other threads than they began on.
    #[must_use]
    pub const fn allocated(&self) -> Option<u64> {
        self.allocated
    }

    /// What JSON and CSV have, in order.
    fn columns(&self) -> [(&'static str, Value); 18] {
        let nanos =
            |time: Duration| Value::from(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
        let site = self.site;
        [
            ("kind", Value::from(self.kind.as_ref())),
            ("function", Value::from(self.function.as_ref())),
            ("module", Value::from(site.map(Site::module_path))),
            ("file", Value::from(site.map(Site::file))),
            ("line", Value::from(site.map(Site::line))),
            ("calls", Value::from(self.calls)),
            ("failed", Value::from(self.failed)),
            ("cancelled", Value::from(self.cancelled)),
            ("open", Value::from(self.open)),
            ("total_ns", nanos(self.total)),
            ("self_ns", nanos(self.self_time)),
            ("share", Value::from((self.share * 1e6).round() / 1e6)),
            ("mean_ns", nanos(self.mean)),
            ("p50_ns", nanos(self.p50)),
            ("p95_ns", nanos(self.p95)),
            ("p99_ns", nanos(self.p99)),
            ("max_ns", nanos(self.max)),
            ("allocated_bytes", Value::from(self.allocated)),
        ]
    }
}

/// In which order the rows of a [`SummaryTable`] are: the greatest first, names by the alphabet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SummarySort {
    /// By [`SummaryRow::self_time`], and so by [`SummaryRow::share`].
    #[default]
    SelfTime,
    /// By [`SummaryRow::total`].
    Total,
    /// By [`SummaryRow::calls`].
    Calls,
    /// By [`SummaryRow::failed`].
    Failed,
    /// By [`SummaryRow::mean`].
    Mean,
    /// By [`SummaryRow::p99`].
    P99,
    /// By [`SummaryRow::max`].
    Max,
    /// By [`SummaryRow::allocated`].
    Allocated,
    /// By [`SummaryRow::kind`] and [`SummaryRow::function`].
    Name,
}

impl SummarySort {
    /// As they are written in `EVENT_EXPORT`.
    pub(super) const ALL: &'static [(&'static str, Self)] = &[
        ("self", Self::SelfTime),
        ("total", Self::Total),
        ("calls", Self::Calls),
        ("failed", Self::Failed),
        ("mean", Self::Mean),
        ("p99", Self::P99),
        ("max", Self::Max),
        ("allocated", Self::Allocated),
        ("name", Self::Name),
    ];

    /// What is least for the first row.
    fn key(self, row: &SummaryRow) -> Reverse<u128> {
        Reverse(match self {
            Self::SelfTime => row.self_time.as_nanos(),
            Self::Total => row.total.as_nanos(),
            Self::Calls => row.calls.into(),
            Self::Failed => row.failed.into(),
            Self::Mean => row.mean.as_nanos(),
            Self::P99 => row.p99.as_nanos(),
            Self::Max => row.max.as_nanos(),
            Self::Allocated => row.allocated.unwrap_or(0).into(),
            Self::Name => 0,
        })
    }
}
