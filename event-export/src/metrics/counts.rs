//! The counts of one function.

use event_core::{Cause, Event, ExcDetails};

use super::exemplars::{Exemplar, Exemplars};
use super::fine_counts::FineCounts;

/// The counts of one function, or of its calls on some of the threads.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    /// STARTs minus ENDs. Negative for a thread that ends calls of others.
    in_flight: i64,
    /// Ended calls, in the order of [`OUTCOMES`].
    outcomes: [u64; OUTCOMES.len()],
    /// The sum of the durations, in nanoseconds.
    nanos: u64,
    /// Ended calls by their duration.
    durations: FineCounts,
    /// None until the span of a call is exported.
    exemplars: Option<Box<Exemplars>>,
}

/// A call that has ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct EndedCall {
    /// The position in [`OUTCOMES`].
    pub(super) outcome: usize,
    pub(super) nanos: u64,
    /// The fine bucket of the duration.
    pub(super) bucket: usize,
}

/// The values of the label `outcome`.
pub(super) const OUTCOMES: [&str; 4] = ["ok", "error", "panic", "cancelled"];

/// Returns the position in [`OUTCOMES`] of an END.
pub(super) fn outcome(end: &Event<'_>) -> usize {
    match end.exc_details().map(ExcDetails::cause) {
        None => 0,
        Some(Cause::Panic) => 2,
        Some(Cause::Cancelled) => 3,
        Some(_) => 1,
    }
}

impl Counts {
    #[inline]
    pub(super) fn start(&mut self) {
        self.in_flight += 1;
    }

    #[inline]
    pub(super) fn end(&mut self, call: EndedCall) {
        self.in_flight -= 1;
        self.outcomes[call.outcome] += 1;
        self.nanos = self.nanos.saturating_add(call.nanos);
        self.durations.add(call.bucket);
    }

    /// Returns whether a call that ends at `end` may become an exemplar.
    #[inline]
    pub(super) fn wants_exemplar(&self, outcome: usize, bucket: usize, end: u64) -> bool {
        let exemplars = self.exemplars.as_ref();
        exemplars.is_none_or(|exemplars| exemplars.are_due(outcome, bucket, end))
    }

    pub(super) fn store_exemplar(&mut self, outcome: usize, bucket: usize, exemplar: &Exemplar) {
        let exemplars = self.exemplars.get_or_insert_default();
        exemplars.store(outcome, bucket, exemplar);
    }

    /// Adds the counts of other threads.
    pub(super) fn add(&mut self, other: &Self) {
        self.in_flight += other.in_flight;
        for (sum, count) in self.outcomes.iter_mut().zip(other.outcomes) {
            *sum += count;
        }
        self.nanos = self.nanos.saturating_add(other.nanos);
        self.durations.add_all(&other.durations);
        if let Some(exemplars) = &other.exemplars {
            self.exemplars.get_or_insert_default().add(exemplars);
        }
    }

    pub(super) fn exemplars(&self) -> Option<&Exemplars> {
        self.exemplars.as_deref()
    }

    /// Returns how many calls are open.
    pub(super) fn in_flight(&self) -> i64 {
        // A call that moved to another thread while the threads were added up may be missing.
        self.in_flight.max(0)
    }

    pub(super) const fn outcomes(&self) -> [u64; OUTCOMES.len()] {
        self.outcomes
    }

    /// Returns the number of ended calls.
    pub(super) fn ended(&self) -> u64 {
        self.outcomes.iter().sum()
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "a sum of more than 104 days loses its nanoseconds"
    )]
    pub(super) fn seconds(&self) -> f64 {
        self.nanos as f64 / 1e9
    }

    pub(super) const fn durations(&self) -> &FineCounts {
        &self.durations
    }
}
