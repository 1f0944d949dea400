//! Statistics of the calls of one function. Times are in nanoseconds.

use event_core::Cause;

use super::histogram::Histogram;
use super::self_time::Times;

/// A call that has ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call {
    /// Whether the call is not inside another one of the same function.
    pub(crate) is_outermost: bool,
    pub(crate) times: Times,
    pub(crate) failure: Option<Cause>,
    /// None if unknown.
    pub(crate) allocated: Option<u64>,
}

/// The statistics of one function.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stats {
    pub(crate) calls: u64,
    /// How many calls failed, including those that panicked.
    pub(crate) failed: u64,
    pub(crate) panicked: u64,
    pub(crate) cancelled: u64,
    /// The time of the outermost calls.
    pub(crate) total: u64,
    /// The part of `total` in which a future waited.
    waited: u64,
    /// The part of `total` of calls that have not ended.
    unended: u64,
    /// The time of the other calls that have ended.
    nested: u64,
    has_futures: bool,
    pub(crate) own: u64,
    pub(crate) max: u64,
    pub(crate) allocated: Option<u64>,
    durations: Histogram,
}

impl Stats {
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "the call would be stored before, which takes as long as this function"
    )]
    pub(crate) fn record(&mut self, call: &Call) {
        self.calls += 1;
        match call.failure {
            None => {}
            Some(Cause::Cancelled) => self.cancelled += 1,
            Some(cause) => {
                self.failed += 1;
                self.panicked += u64::from(cause == Cause::Panic);
            }
        }
        let total = call.times.total;
        if !call.is_outermost {
            self.nested = self.nested.saturating_add(total);
        }
        self.add_times(&call.times, call.is_outermost);
        self.max = self.max.max(total);
        if let Some(allocated) = call.allocated {
            let counted = if call.is_outermost { allocated } else { 0 };
            self.allocated = Some(self.allocated.unwrap_or(0).saturating_add(counted));
        }
        self.durations.record(total);
    }

    /// Adds the times of a call that has not ended.
    pub(crate) fn add_unended(&mut self, times: &Times, is_outermost: bool) {
        if is_outermost {
            self.unended = self.unended.saturating_add(times.total);
        }
        self.add_times(times, is_outermost);
    }

    #[inline]
    fn add_times(&mut self, times: &Times, is_outermost: bool) {
        if is_outermost {
            self.total = self.total.saturating_add(times.total);
        }
        if let Some(busy) = times.busy {
            self.has_futures = true;
            if is_outermost {
                let waited = times.total.saturating_sub(busy);
                self.waited = self.waited.saturating_add(waited);
            }
        }
        self.own = self.own.saturating_add(times.own);
    }

    /// Adds the statistics of another thread.
    pub(crate) fn add(&mut self, other: &Self) {
        self.calls += other.calls;
        self.failed += other.failed;
        self.panicked += other.panicked;
        self.cancelled += other.cancelled;
        self.total = self.total.saturating_add(other.total);
        self.waited = self.waited.saturating_add(other.waited);
        self.unended = self.unended.saturating_add(other.unended);
        self.nested = self.nested.saturating_add(other.nested);
        self.has_futures |= other.has_futures;
        self.own = self.own.saturating_add(other.own);
        self.max = self.max.max(other.max);
        if let Some(allocated) = other.allocated {
            self.allocated = Some(self.allocated.unwrap_or(0).saturating_add(allocated));
        }
        self.durations.add(&other.durations);
    }

    /// Returns the part of the total time in which no future waited; none if no call was a future.
    #[cfg(feature = "summary")]
    pub(crate) fn busy(&self) -> Option<u64> {
        self.has_futures
            .then(|| self.total.saturating_sub(self.waited))
    }

    /// Returns the mean time of a call; none if no call has ended.
    pub(crate) const fn mean(&self) -> Option<u64> {
        let outermost = self.total.saturating_sub(self.unended);
        outermost
            .saturating_add(self.nested)
            .checked_div(self.calls)
    }

    /// Returns the 99 % confidence interval of the mean; none if there are too few calls.
    #[cfg(feature = "summary")]
    pub(crate) fn mean_interval(&self) -> Option<(u64, u64)> {
        self.durations.mean_interval(self.mean()?)
    }

    /// Returns the 99 % confidence interval of a quantile; none if there are too few calls.
    #[cfg(feature = "summary")]
    pub(crate) fn quantile_interval(&self, quantile: f64) -> Option<(u64, u64)> {
        self.durations.quantile_interval(quantile)
    }

    /// Returns the time that a fraction `quantile` of the calls did not exceed. It is up to 1 % too
    /// high.
    pub(crate) fn quantile(&self, quantile: f64) -> u64 {
        self.durations.quantile(quantile).min(self.max)
    }
}
