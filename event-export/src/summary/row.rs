//! A row of the table, its typed columns, and the orders of rows.

use std::borrow::Cow;
use std::cmp::{Ordering, Reverse};
use std::time::Duration;

use event_core::Site;
use serde_json::Value;

use crate::profile::row_index::RowIdentity;
use crate::profile::stats::Stats;

/// One line of a [`SummaryTable`]: the calls of one function, or of one kind.
///
/// Durations are wall time. A percentile may be up to one part in a hundred too high: a `p99` of
/// 1.00 ms means that 99 of 100 calls took 1.00 ms or less, or perhaps 0.99 ms. All other values
/// are exact.
#[derive(Clone, Debug, Default)]
pub struct SummaryRow {
    kind: &'static str,
    function: Cow<'static, str>,
    is_others: bool,
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
    /// Makes the row of `identity`; none for the row of all others.
    pub(super) fn new(identity: Option<RowIdentity>, stats: Option<&Stats>, open: u64) -> Self {
        let names = match identity {
            Some(identity) => Self {
                kind: identity.kind.as_str(),
                function: identity.function,
                site: identity.site,
                open,
                ..Self::default()
            },
            None => Self {
                kind: "(others)",
                is_others: true,
                open,
                ..Self::default()
            },
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

    /// Returns the kind; `(others)` for the row of all events beyond the limit of rows.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.kind
    }

    /// Returns the function, or the event's own name (`data["name"]`), or the kind.
    #[must_use]
    pub fn function(&self) -> &str {
        &self.function
    }

    /// Returns the function's place in the source; none if the row is not for one function.
    #[must_use]
    pub const fn site(&self) -> Option<&'static Site> {
        self.site
    }

    /// Returns how many calls have ended, in whatever way.
    #[must_use]
    pub const fn calls(&self) -> u64 {
        self.calls
    }

    /// Returns how many of them panicked, or returned an error that the event reports.
    #[must_use]
    pub const fn failed(&self) -> u64 {
        self.failed
    }

    /// Returns how many of them were futures that were dropped before they completed.
    #[must_use]
    pub const fn cancelled(&self) -> u64 {
        self.cancelled
    }

    /// Returns how many calls were open. No other column includes them.
    #[must_use]
    pub const fn open(&self) -> u64 {
        self.open
    }

    /// Returns the time of all calls together, each from its START to its END.
    ///
    /// A call that is inside another one of the same row, directly or through other functions, does
    /// not count again. Concurrent calls, on several threads or in several tasks, each count, so
    /// the sum may exceed the time that has passed.
    #[must_use]
    pub const fn total(&self) -> Duration {
        self.total
    }

    /// Returns the total without the time while scopes inside were open.
    ///
    /// The time that a future waits counts, unless it waits for a scope that is enabled.
    #[must_use]
    pub const fn self_time(&self) -> Duration {
        self.self_time
    }

    /// Returns the part of all rows' self time that is this row's: between zero and one, and one
    /// for all rows together.
    #[must_use]
    pub const fn share(&self) -> f64 {
        self.share
    }

    /// Returns the mean time of a call, including recursive ones.
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

    /// Returns the bytes that the calls, and what they called on their thread, allocated, whether
    /// or not they were freed. Recursion counts once, as in [`total`](Self::total).
    ///
    /// None if the program has no `CountingAllocator` (feature `alloc`), if all calls were futures,
    /// or if all ended on another thread than they started on.
    #[must_use]
    pub const fn allocated(&self) -> Option<u64> {
        self.allocated
    }

    /// Sets the share of this row's self time in that of all rows.
    pub(super) fn set_share_of(&mut self, all: Duration) {
        if !all.is_zero() {
            self.share = self.self_time.as_secs_f64() / all.as_secs_f64();
        }
    }

    /// Returns the columns of JSON and CSV, in order.
    pub(super) fn columns(&self) -> [(&'static str, Value); 18] {
        let nanos =
            |time: Duration| Value::from(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
        let site = self.site;
        [
            ("kind", Value::from(self.kind)),
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
    /// The names in `EVENT_EXPORT`.
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

    /// Orders two rows; rows that are equal otherwise are in the order of their names.
    pub(super) fn compare(self, a: &SummaryRow, b: &SummaryRow) -> Ordering {
        let names_of = |row: &SummaryRow| (row.is_others, row.kind, row.function.clone());
        let by_name = || names_of(a).cmp(&names_of(b));
        self.key(a).cmp(&self.key(b)).then_with(by_name)
    }

    /// Returns the key by which rows are sorted, the least first.
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
