//! A row of the table, its typed columns, and the orders of rows.

use std::borrow::Cow;
use std::cmp::{Ordering, Reverse};
use std::time::Duration;

use event_core::Site;
use serde_json::Value;

use crate::profile::row_index::RowIdentity;
use crate::profile::stats::Stats;
use crate::profile::units;

/// One line of a [`SummaryTable`](crate::SummaryTable): the calls of one function, or of one kind.
///
/// Durations are wall time. A percentile may be up to 1 % too high: a `p99` of 1.00 ms means that
/// 99 of 100 calls took at most a time between 0.99 ms and 1.00 ms. All other values are exact.
#[derive(Clone, Debug, Default)]
pub struct SummaryRow {
    kind: &'static str,
    function: Cow<'static, str>,
    is_others: bool,
    site: Option<&'static Site>,
    calls: u64,
    failed: u64,
    panicked: u64,
    cancelled: u64,
    open: u64,
    total: Duration,
    busy: Option<Duration>,
    self_time: Duration,
    share: f64,
    mean: Duration,
    p50: Duration,
    p95: Duration,
    p99: Duration,
    max: Duration,
    allocated: Option<u64>,
    intervals: Intervals,
}

/// The 99 % confidence intervals of a row's times, in nanoseconds; none if there are too few calls.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Intervals {
    pub(super) mean: Interval,
    pub(super) p50: Interval,
    pub(super) p99: Interval,
}

pub(super) type Interval = Option<(u64, u64)>;

impl SummaryRow {
    /// The kind of the row that collects all events beyond the limit of rows.
    pub(super) const OTHERS: &'static str = "(others)";

    /// Returns the row of `identity`, or the row `(others)` if that is none.
    pub(super) fn new(identity: Option<RowIdentity>, stats: &Stats, open: u64) -> Self {
        let names = match identity {
            Some(identity) => Self {
                kind: identity.kind.as_str(),
                function: identity.function,
                site: identity.site,
                open,
                ..Self::default()
            },
            None => Self {
                kind: Self::OTHERS,
                is_others: true,
                open,
                ..Self::default()
            },
        };
        let quantile = |quantile| Duration::from_nanos(stats.quantile(quantile));
        Self {
            calls: stats.calls,
            failed: stats.failed,
            panicked: stats.panicked,
            cancelled: stats.cancelled,
            total: Duration::from_nanos(stats.total),
            busy: stats.busy().map(Duration::from_nanos),
            self_time: Duration::from_nanos(stats.own),
            mean: Duration::from_nanos(stats.mean().unwrap_or(0)),
            p50: quantile(0.50),
            p95: quantile(0.95),
            p99: quantile(0.99),
            max: Duration::from_nanos(stats.max),
            allocated: stats.allocated,
            intervals: Intervals {
                mean: stats.mean_interval(),
                p50: stats.quantile_interval(0.50),
                p99: stats.quantile_interval(0.99),
            },
            ..names
        }
    }

    /// Returns the kind; `(others)` for the row that collects all events beyond the limit of rows.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.kind
    }

    /// Returns the function's [path](Site::path), or the event's own name (`data["name"]`), or the
    /// kind.
    #[must_use]
    pub fn function(&self) -> &str {
        &self.function
    }

    /// Returns the function's source location; none if the row is not for one function.
    #[must_use]
    pub const fn site(&self) -> Option<&'static Site> {
        self.site
    }

    /// Returns how many calls have ended, with any outcome.
    #[must_use]
    pub const fn calls(&self) -> u64 {
        self.calls
    }

    /// Returns how many of these calls panicked, or returned an error that the event reports.
    #[must_use]
    pub const fn failed(&self) -> u64 {
        self.failed
    }

    /// Returns how many of the [failed](Self::failed) calls panicked.
    #[must_use]
    pub const fn panicked(&self) -> u64 {
        self.panicked
    }

    /// Returns how many of these calls were futures that were dropped before they completed.
    #[must_use]
    pub const fn cancelled(&self) -> u64 {
        self.cancelled
    }

    /// Returns how many calls were open, including those that never end, such as leaked futures.
    ///
    /// The [total](Self::total), the [self time](Self::self_time) and the
    /// [busy](Self::busy) and [idle](Self::idle) times include the time of an open call until the
    /// table was made, as in the report and the flame graph. No other column includes open calls.
    #[must_use]
    pub const fn open(&self) -> u64 {
        self.open
    }

    /// Returns the sum of all calls' times, each from its START to its END, or to now if it is
    /// [open](Self::open).
    ///
    /// A call inside another call of the same row, directly or through other functions, is not
    /// added again. Concurrent calls, on several threads or in several tasks, each count, so the
    /// sum may exceed the time that has passed.
    #[must_use]
    pub const fn total(&self) -> Duration {
        self.total
    }

    /// Returns the part of the [total](Self::total) in which threads worked on the calls: the
    /// duration of a future's polls. Returns none if no call was a future.
    ///
    /// It includes the polls of futures that are awaited. The work of tasks that are spawned is not
    /// a part of it.
    ///
    /// # Examples
    ///
    /// ```
    /// use event_core::{local, trigger_event};
    /// use event_export::Summary;
    /// use std::task::{Context, Poll, Waker};
    /// use std::time::Duration;
    ///
    /// #[trigger_event("docs:busy_row")]
    /// async fn load() {
    ///     let mut is_woken = false;
    ///     std::future::poll_fn(|_| match std::mem::replace(&mut is_woken, true) {
    ///         true => Poll::Ready(()),
    ///         false => Poll::Pending,
    ///     })
    ///     .await;
    /// }
    ///
    /// let summary = local::install_listener("docs:busy_row", Summary::new());
    /// let mut future = std::pin::pin!(load());
    /// let mut context = Context::from_waker(Waker::noop());
    /// assert!(future.as_mut().poll(&mut context).is_pending());
    /// std::thread::sleep(Duration::from_millis(20));
    /// assert!(future.as_mut().poll(&mut context).is_ready());
    ///
    /// let table = summary.table();
    /// let row = &table.rows()[0];
    /// assert!(row.idle().unwrap() >= Duration::from_millis(20));
    /// assert_eq!(row.busy().unwrap() + row.idle().unwrap(), row.total());
    /// ```
    #[must_use]
    pub const fn busy(&self) -> Option<Duration> {
        self.busy
    }

    /// Returns the part of the [total](Self::total) in which futures waited: the total without
    /// [`busy`](Self::busy). Returns none if no call was a future.
    #[must_use]
    pub fn idle(&self) -> Option<Duration> {
        let busy = self.busy?;
        Some(self.total.saturating_sub(busy))
    }

    /// Returns the time of all calls without the time while scopes inside them were open, and
    /// without the time in which futures waited.
    ///
    /// A future works while it is polled. A future inside another one counts as open only while it
    /// is polled.
    #[must_use]
    pub const fn self_time(&self) -> Duration {
        self.self_time
    }

    /// Returns this row's share of the self time of all rows, between zero and one. The shares of
    /// all rows add up to one.
    #[must_use]
    pub const fn share(&self) -> f64 {
        self.share
    }

    /// Returns the mean time of a call, including recursive ones.
    #[must_use]
    pub const fn mean(&self) -> Duration {
        self.mean
    }

    /// Returns the median: half of the calls took this time or less.
    #[must_use]
    pub const fn p50(&self) -> Duration {
        self.p50
    }

    /// Returns the time that 95 of 100 calls did not exceed.
    #[must_use]
    pub const fn p95(&self) -> Duration {
        self.p95
    }

    /// Returns the time that 99 of 100 calls did not exceed.
    #[must_use]
    pub const fn p99(&self) -> Duration {
        self.p99
    }

    /// Returns the time of the longest call.
    #[must_use]
    pub const fn max(&self) -> Duration {
        self.max
    }

    /// Returns the bytes that the calls allocated on their threads, including their callees,
    /// whether or not the memory was freed. Recursion counts once, as in [`total`](Self::total).
    ///
    /// Returns none if the program has no `CountingAllocator` (feature `alloc`). Futures, and calls
    /// that end on another thread than they started on, are not counted; if there are no other
    /// calls, returns none.
    #[must_use]
    pub const fn allocated(&self) -> Option<u64> {
        self.allocated
    }

    pub(super) const fn intervals(&self) -> &Intervals {
        &self.intervals
    }

    /// Returns whether this is the row of the events beyond the limit of rows.
    pub(super) const fn is_others(&self) -> bool {
        self.is_others
    }

    /// Sets the share of this row, given the self time of all rows.
    pub(super) fn set_share_of(&mut self, all: Duration) {
        if !all.is_zero() {
            self.share = self.self_time.as_secs_f64() / all.as_secs_f64();
        }
    }

    /// Returns the columns of JSON and CSV, in order.
    pub(super) fn columns(&self) -> [(&'static str, Value); 21] {
        let nanos = |time: Duration| Value::from(units::nanos(time));
        let site = self.site;
        let known = |time: Option<Duration>| time.map_or(Value::Null, nanos);
        [
            ("kind", Value::from(self.kind)),
            ("function", Value::from(self.function.as_ref())),
            ("module", Value::from(site.map(Site::module_path))),
            ("file", Value::from(site.map(Site::file))),
            ("line", Value::from(site.map(Site::line))),
            ("calls", Value::from(self.calls)),
            ("failed", Value::from(self.failed)),
            ("panicked", Value::from(self.panicked)),
            ("cancelled", Value::from(self.cancelled)),
            ("open", Value::from(self.open)),
            ("total_ns", nanos(self.total)),
            ("busy_ns", known(self.busy)),
            ("idle_ns", known(self.idle())),
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

/// The order of the rows of a [`SummaryTable`](crate::SummaryTable): the greatest value first,
/// names alphabetically.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SummarySort {
    /// By [`SummaryRow::self_time`], and so by [`SummaryRow::share`].
    #[default]
    SelfTime,
    /// By [`SummaryRow::total`].
    Total,
    /// By [`SummaryRow::busy`].
    Busy,
    /// By [`SummaryRow::idle`].
    Idle,
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
        ("busy", Self::Busy),
        ("idle", Self::Idle),
        ("calls", Self::Calls),
        ("failed", Self::Failed),
        ("mean", Self::Mean),
        ("p99", Self::P99),
        ("max", Self::Max),
        ("allocated", Self::Allocated),
        ("name", Self::Name),
    ];

    /// Returns the heading of the column; the one for the names is not called `name`.
    pub(super) fn heading(self) -> &'static str {
        let mut all = Self::ALL.iter();
        all.find(|(_, sort)| *sort == self)
            .map_or("", |(name, _)| name)
    }

    /// Compares two rows. Equal rows are in the order of their names.
    pub(super) fn compare(self, a: &SummaryRow, b: &SummaryRow) -> Ordering {
        let names_of = |row: &SummaryRow| (row.is_others, row.kind, row.function.clone());
        let by_name = || names_of(a).cmp(&names_of(b));
        self.key(a).cmp(&self.key(b)).then_with(by_name)
    }

    /// Returns the key by which rows are sorted. `Reverse` puts the greatest value first.
    fn key(self, row: &SummaryRow) -> Reverse<u128> {
        Reverse(match self {
            Self::SelfTime => row.self_time.as_nanos(),
            Self::Total => row.total.as_nanos(),
            Self::Busy => row.busy.unwrap_or_default().as_nanos(),
            Self::Idle => row.idle().unwrap_or_default().as_nanos(),
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
