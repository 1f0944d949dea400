//! A histogram of durations whose buckets are at most 1 % wide.

/// Durations below this number have a bucket each.
const EXACT: u64 = 2 * HALF;

/// The number of buckets between two powers of two.
const HALF: u64 = 128;

/// Counts durations in nanoseconds.
#[derive(Clone, Debug, Default)]
pub(super) struct Histogram {
    /// The number of durations in each bucket. Buckets after the last one are empty.
    counts: Vec<u32>,
}

impl Histogram {
    #[inline]
    pub(super) fn record(&mut self, nanos: u64) {
        let bucket = bucket(nanos);
        match self.counts.get_mut(bucket) {
            Some(count) => *count = count.saturating_add(1),
            None => self.record_first(bucket),
        }
    }

    #[cold]
    #[inline(never)]
    fn record_first(&mut self, bucket: usize) {
        self.counts.resize(bucket + 1, 0);
        self.counts[bucket] = 1;
    }

    /// Adds the counts of another histogram.
    pub(super) fn add(&mut self, other: &Self) {
        if self.counts.len() < other.counts.len() {
            self.counts.resize(other.counts.len(), 0);
        }
        for (sum, count) in self.counts.iter_mut().zip(&other.counts) {
            *sum = sum.saturating_add(*count);
        }
    }

    /// Returns the highest duration of the bucket that contains `quantile`; zero if the histogram
    /// is empty.
    pub(super) fn quantile(&self, quantile: f64) -> u64 {
        let total = self.len();
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "an error of a fraction of 2^-52 is less than the width of a bucket"
        )]
        let rank = (quantile.clamp(0.0, 1.0) * total as f64).ceil() as u64;
        self.bucket_of_rank(rank).map_or(0, highest)
    }

    fn len(&self) -> u64 {
        self.counts.iter().copied().map(u64::from).sum()
    }

    /// Returns the bucket of the duration with this rank; the shortest has rank one.
    fn bucket_of_rank(&self, rank: u64) -> Option<usize> {
        let mut below = 0;
        self.counts.iter().position(|count| {
            below += u64::from(*count);
            below >= rank.max(1)
        })
    }

    /// Returns the 99 % confidence interval of a quantile, by order statistics; none if there are
    /// too few durations.
    #[cfg(feature = "summary")]
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "as in `quantile`"
    )]
    pub(super) fn quantile_interval(&self, quantile: f64) -> Option<(u64, u64)> {
        let total = self.len() as f64;
        // The rank of the quantile has a binomial distribution, which is almost a normal one.
        let rank = quantile * total;
        let deviation = DEVIATIONS * (rank * (1.0 - quantile)).sqrt();
        let (low, high) = ((rank - deviation).floor(), (rank + deviation).ceil());
        if low < 1.0 || high > total {
            return None;
        }
        let low = self.bucket_of_rank(low as u64)?;
        let high = self.bucket_of_rank(high as u64)?;
        Some((lowest(low), highest(high)))
    }

    /// Returns the 99 % confidence interval of the mean; none if there are fewer than
    /// [`MIN_CALLS`] durations.
    #[cfg(feature = "summary")]
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an estimate"
    )]
    pub(super) fn mean_interval(&self, mean: u64) -> Option<(u64, u64)> {
        let total = self.len();
        if total < MIN_CALLS {
            return None;
        }
        let mean = mean as f64;
        let counts = self.counts.iter().enumerate();
        let squares = counts
            .filter(|(_, count)| **count > 0)
            .map(|(bucket, count)| {
                let middle = f64::midpoint(lowest(bucket) as f64, highest(bucket) as f64);
                f64::from(*count) * (middle - mean).powi(2)
            });
        let variance = squares.sum::<f64>() / (total - 1) as f64;
        let error = DEVIATIONS * (variance / total as f64).sqrt();
        Some(((mean - error).max(0.0) as u64, (mean + error).ceil() as u64))
    }
}

/// The half width of a 99 % confidence interval, in standard deviations of a normal distribution.
#[cfg(feature = "summary")]
const DEVIATIONS: f64 = 2.576;

/// The fewest durations that have a confidence interval; the same for the mean and the median.
#[cfg(feature = "summary")]
const MIN_CALLS: u64 = 11;

/// Returns the lowest duration of a bucket.
#[cfg(feature = "summary")]
const fn lowest(bucket: usize) -> u64 {
    match bucket.checked_sub(1) {
        None => 0,
        Some(before) => highest(before) + 1,
    }
}

/// Returns the bucket of a duration: the eight highest bits, from the first that is set.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "at most 7,423")]
const fn bucket(nanos: u64) -> usize {
    if nanos < EXACT {
        return nanos as usize;
    }
    let shift = (EXACT.leading_zeros() + 1 - nanos.leading_zeros()) as u64;
    (shift * HALF + (nanos >> shift)) as usize
}

/// Returns the highest duration of a bucket.
const fn highest(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    if bucket < EXACT {
        return bucket;
    }
    let shift = bucket / HALF - 1;
    let lowest = (bucket - shift * HALF) << shift;
    lowest + ((1 << shift) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_in_order_and_at_most_one_percent_wide() {
        let edges = (0..64).flat_map(|bit| [(1_u64 << bit) - 1, 1 << bit, (1 << bit) + 1]);
        let mut edges: Vec<u64> = edges.chain([u64::MAX - 1, u64::MAX]).collect();
        edges.sort_unstable();
        for pair in edges.windows(2) {
            assert!(bucket(pair[0]) <= bucket(pair[1]), "{pair:?}");
        }
        for nanos in edges {
            let highest = highest(bucket(nanos));
            assert!(
                highest >= nanos && (highest - nanos) <= nanos / 100,
                "{nanos}"
            );
            assert_eq!(bucket(highest), bucket(nanos));
            if let Some(next) = highest.checked_add(1) {
                assert_eq!(bucket(next), bucket(nanos) + 1);
            }
        }
    }

    #[test]
    fn few_durations_have_no_confidence_interval() {
        let mut histogram = Histogram::default();
        for nanos in 1..MIN_CALLS {
            histogram.record(nanos);
        }
        assert_eq!(histogram.quantile_interval(0.5), None);
        assert_eq!(histogram.mean_interval(5), None);
        histogram.record(MIN_CALLS);
        assert_eq!(histogram.quantile_interval(0.5), Some((1, 10)));
        // 6 ± 2.576 · √(11 / 11)
        assert_eq!(histogram.mean_interval(6), Some((3, 9)));
        assert_eq!(histogram.quantile_interval(0.99), None);
    }

    #[test]
    fn confidence_intervals_shrink_with_the_number_of_durations() {
        let mut histogram = Histogram::default();
        for _ in 0..100 {
            (1..=100).for_each(|nanos| histogram.record(nanos));
        }
        // The ranks are 5,000 ± 128.8 and 9,900 ± 25.6.
        assert_eq!(histogram.quantile_interval(0.5), Some((49, 52)));
        assert_eq!(histogram.quantile_interval(0.99), Some((99, 100)));
        assert_eq!(histogram.mean_interval(50), Some((49, 51)));
    }

    #[test]
    fn quantile_is_that_of_all_durations() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.quantile(0.5), 0);
        (1..=100).for_each(|nanos| histogram.record(nanos));
        assert_eq!(histogram.quantile(0.0), 1);
        assert_eq!(histogram.quantile(0.5), 50);
        assert_eq!(histogram.quantile(0.99), 99);
        assert_eq!(histogram.quantile(1.0), 100);
        let mut other = Histogram::default();
        (0..300).for_each(|_| other.record(1_000_000));
        histogram.add(&other);
        assert_eq!(histogram.quantile(0.25), 100);
        assert_eq!(histogram.quantile(0.5), highest(bucket(1_000_000)));
    }
}
