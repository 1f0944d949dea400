//! The decision, at the START of a trace, whether its spans are recorded.

use std::sync::atomic::Ordering;

use crate::sync::AtomicU64;

/// The sampler of `OTEL_TRACES_SAMPLER`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sampler {
    /// Whether a trace of another process is recorded exactly if that process records it.
    pub(super) is_parent_based: bool,
    /// The part of the other traces that is recorded.
    pub(super) ratio: f64,
}

impl Sampler {
    /// Records every trace, unless another process has started it and does not record it.
    pub(super) const DEFAULT: Self = Self {
        is_parent_based: true,
        ratio: 1.0,
    };

    /// Returns whether the trace is in the recorded part. The result depends on the id alone, so
    /// that all processes agree. `trace` returns the id.
    #[inline]
    pub(super) fn includes(self, trace: impl FnOnce() -> u128) -> bool {
        if self.ratio >= 1.0 || self.ratio <= 0.0 {
            return self.ratio >= 1.0;
        }
        let trace = trace();
        // The last 56 bits of an id are random, by W3C Trace Context.
        let random = u64::try_from(trace & ((1 << 56) - 1)).unwrap_or_default();
        #[expect(clippy::cast_precision_loss, reason = "the ratio is not more precise")]
        let position = random as f64 / (1_u64 << 56) as f64;
        position < self.ratio
    }
}

/// Admits a number of traces in each second.
#[derive(Debug)]
pub(super) struct RateLimit {
    per_second: Option<u32>,
    /// The second in the upper half, and how many traces it has in the lower half.
    current: AtomicU64,
}

impl RateLimit {
    pub(super) const fn new(per_second: Option<u32>) -> Self {
        Self {
            per_second,
            current: AtomicU64::new(0),
        }
    }

    /// Returns whether there is room for a trace at `nanos`, and counts the trace.
    #[inline]
    pub(super) fn admits(&self, nanos: impl FnOnce() -> u64) -> bool {
        self.per_second
            .is_none_or(|limit| self.count(nanos(), limit))
    }

    #[cold]
    fn count(&self, nanos: u64, limit: u32) -> bool {
        let second = (nanos / 1_000_000_000) << 32;
        let admit = |current: u64| {
            // A thread may come with a time before that of another one.
            let current = current.max(second);
            let count = u32::try_from(current & u64::from(u32::MAX)).unwrap_or(u32::MAX);
            (count < limit).then_some(current + 1)
        };
        // Relaxed: the number is the only data that the threads share.
        self.current
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, admit)
            .is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rate_is_limited_in_each_second() {
        let rate = RateLimit::new(Some(2));
        let admitted = |nanos| rate.admits(|| nanos);
        assert_eq!([0, 1, 2].map(admitted), [true, true, false]);
        assert_eq!(
            [1_000_000_000, 999_999_999, 1_000_000_001].map(admitted),
            [true, true, false]
        );
        assert!(!RateLimit::new(Some(0)).admits(|| 0));
        assert!(RateLimit::new(None).admits(|| 0));
    }

    #[test]
    fn ratio_selects_its_part_of_the_traces() {
        let sampler = |ratio| Sampler {
            is_parent_based: true,
            ratio,
        };
        let keys = super::super::ids::IdKeys::new();
        let ids = || {
            (0..10_000)
                .map(|_| event_core::Event::new("sampler:ids", event_core::EventStatus::Start).id())
        };
        let included = |ratio| {
            ids()
                .filter(|id| sampler(ratio).includes(|| keys.trace(id.as_u64())))
                .count()
        };
        assert_eq!((included(0.0), included(1.0)), (0, 10_000));
        assert!((2_200..2_800).contains(&included(0.25)));
    }
}
