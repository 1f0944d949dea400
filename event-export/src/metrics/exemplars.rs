//! Exemplars: for each bucket and outcome a recent call whose span is exported.
//!
//! They exist only while an exporter of spans is installed.

use std::time::Duration;

use crate::context::fields::Ids;

use super::counts::OUTCOMES;

/// An exemplar is replaced by a later call once it is this old, in nanoseconds.
const MAX_AGE: u64 = 1_000_000_000;

/// A call and its span.
#[derive(Clone, Copy, Debug)]
pub(super) struct Exemplar {
    pub(super) trace: u128,
    pub(super) span: u64,
    /// The duration of the call, in nanoseconds.
    pub(super) nanos: u64,
    /// The time of its END, as [`Event::nanos`](event_core::Event::nanos).
    pub(super) end: u64,
}

impl Exemplar {
    pub(super) fn new(ids: Ids, nanos: u64, end: u64) -> Self {
        Self {
            trace: ids.trace,
            span: ids.span,
            nanos,
            end,
        }
    }

    /// Returns the ids, with the names that the specification of `OpenTelemetry` gives them.
    pub(super) fn labels(&self) -> [(&'static str, String); 2] {
        let Self { trace, span, .. } = self;
        [
            ("trace_id", format!("{trace:032x}")),
            ("span_id", format!("{span:016x}")),
        ]
    }

    pub(super) const fn seconds(&self) -> f64 {
        Duration::from_nanos(self.nanos).as_secs_f64()
    }

    /// Returns the Unix time of the END. `unix_start` is that of time zero, in nanoseconds.
    pub(super) const fn unix_time(&self, unix_start: u64) -> Duration {
        Duration::from_nanos(unix_start.saturating_add(self.end))
    }
}

/// The exemplars of one function.
#[derive(Clone, Debug, Default)]
pub(super) struct Exemplars {
    /// Buckets after the last one have none.
    buckets: Vec<Option<Exemplar>>,
    /// In the order of [`OUTCOMES`].
    outcomes: [Option<Exemplar>; OUTCOMES.len()],
}

impl Exemplars {
    /// Returns whether [`store`](Self::store) would store a call that ends at `end`.
    #[inline]
    pub(super) fn are_due(&self, outcome: usize, bucket: usize, end: u64) -> bool {
        is_due(self.bucket(bucket), end) || is_due(self.outcomes[outcome].as_ref(), end)
    }

    pub(super) fn store(&mut self, outcome: usize, bucket: usize, exemplar: &Exemplar) {
        if is_due(self.bucket(bucket), exemplar.end) {
            if self.buckets.len() <= bucket {
                self.buckets.resize(bucket + 1, None);
            }
            self.buckets[bucket] = Some(*exemplar);
        }
        if is_due(self.outcomes[outcome].as_ref(), exemplar.end) {
            self.outcomes[outcome] = Some(*exemplar);
        }
    }

    /// Adds the exemplars of other threads. The latest ones remain.
    pub(super) fn add(&mut self, other: &Self) {
        if self.buckets.len() < other.buckets.len() {
            self.buckets.resize(other.buckets.len(), None);
        }
        let buckets = self.buckets.iter_mut().zip(&other.buckets);
        let outcomes = self.outcomes.iter_mut().zip(&other.outcomes);
        for (known, added) in buckets.chain(outcomes) {
            let end = |exemplar: &Option<Exemplar>| exemplar.map(|exemplar| exemplar.end);
            if end(known) < end(added) {
                *known = *added;
            }
        }
    }

    pub(super) fn bucket(&self, bucket: usize) -> Option<&Exemplar> {
        self.buckets.get(bucket)?.as_ref()
    }

    pub(super) fn outcome(&self, outcome: usize) -> Option<&Exemplar> {
        self.outcomes[outcome].as_ref()
    }
}

fn is_due(exemplar: Option<&Exemplar>, end: u64) -> bool {
    exemplar.is_none_or(|exemplar| end.saturating_sub(exemplar.end) >= MAX_AGE)
}
