//! The buckets of durations.
//!
//! Each call counts in one *fine* bucket. The fine buckets end wherever a *classic* bucket ends,
//! whose bounds the user chooses, or a *native* one, whose bounds grow exponentially. So the counts
//! of both follow from those of the fine ones.

use std::time::Duration;

use super::fine_counts::FineCounts;

/// The schema of the native histograms: eight buckets between two powers of two. Each ends at 1.09
/// times the bound of the one before.
pub(super) const SCHEMA: i32 = 3;

const PER_OCTAVE: i32 = 1 << SCHEMA;

/// The native bucket that ends at 2⁻²⁷ s, about 7.5 ns. Shorter durations count as zero.
pub(super) const ZERO: i32 = ZERO_EXPONENT * PER_OCTAVE;

/// The exponent of the bound of [`ZERO`], as a power of two.
pub(super) const ZERO_EXPONENT: i32 = -27;

/// The native bucket that ends at 2³⁵ s. Longer durations do not fit into 64 bits of nanoseconds.
const LAST: i32 = 35 * PER_OCTAVE;

/// Two to the power of this is the number of cells between two powers of two of nanoseconds.
const CELL_BITS: u32 = 3;

/// The number of [cells](cell).
const CELLS: usize = 62 << CELL_BITS;

/// The most classic buckets. A bucket has a number of 16 bits.
const MAX_CLASSIC: usize = 10_000;

#[derive(Debug)]
pub(super) struct Buckets {
    /// The upper bounds of the fine buckets in nanoseconds, in ascending order. The last one is the
    /// longest duration.
    bounds: Box<[u64]>,
    /// For each [cell], the first fine bucket that ends in it or after it.
    starts: Box<[u16]>,
    /// The buckets that contain each fine bucket.
    containing: Box<[Containing]>,
    /// The upper bounds of the classic buckets in nanoseconds. The bucket after the last one has no
    /// bound.
    classic: Box<[u64]>,
}

#[derive(Debug)]
struct Containing {
    classic: u16,
    /// As a distance from [`ZERO`].
    native: u16,
}

impl Buckets {
    /// Returns the buckets whose classic ones end at `bounds`, in any order.
    pub(super) fn new(bounds: impl IntoIterator<Item = Duration>) -> Self {
        let nanos = |bound: Duration| u64::try_from(bound.as_nanos()).unwrap_or(u64::MAX);
        let mut classic: Vec<u64> = bounds.into_iter().map(nanos).collect();
        classic.sort_unstable();
        classic.dedup();
        classic.truncate(MAX_CLASSIC);
        let native: Vec<u64> = (ZERO..=LAST).map(native_bound).collect();

        let mut bounds = classic.clone();
        if cfg!(feature = "metrics-protobuf") {
            bounds.extend(&native);
        }
        bounds.push(u64::MAX);
        bounds.sort_unstable();
        bounds.dedup();
        let containing = bounds.iter().map(|bound| Containing {
            classic: first_from(&classic, *bound),
            native: first_from(&native, *bound),
        });
        Self {
            starts: starts(&bounds),
            containing: containing.collect(),
            classic: classic.into(),
            bounds: bounds.into(),
        }
    }

    /// Returns the fine bucket of a duration.
    #[inline]
    pub(super) fn of(&self, nanos: u64) -> usize {
        let mut bucket = usize::from(self.starts[cell(nanos)]);
        // A cell is about as wide as a bucket, so there are few steps.
        while self.bounds.get(bucket).is_some_and(|bound| *bound < nanos) {
            bucket += 1;
        }
        bucket
    }

    /// Returns the classic bucket that contains a fine one.
    pub(super) fn classic_of(&self, fine: usize) -> usize {
        self.containing[fine].classic.into()
    }

    /// Returns the native bucket that contains a fine one; [`ZERO`] if it counts as zero.
    #[cfg(feature = "metrics-protobuf")]
    pub(super) fn native_of(&self, fine: usize) -> i32 {
        ZERO + i32::from(self.containing[fine].native)
    }

    /// Returns the upper bounds of the classic buckets in seconds; the last one is infinite.
    pub(super) fn classic_bounds(&self) -> impl Iterator<Item = f64> {
        let bounds = self.classic.iter();
        let bounds = bounds.map(|nanos| Duration::from_nanos(*nanos).as_secs_f64());
        bounds.chain([f64::INFINITY])
    }

    pub(super) const fn classic_len(&self) -> usize {
        self.classic.len() + 1
    }

    /// Returns the number of calls in each classic bucket.
    pub(super) fn classic_counts(&self, fine: &FineCounts) -> Vec<u64> {
        let mut counts = vec![0; self.classic_len()];
        for (bucket, count) in fine.iter() {
            counts[self.classic_of(bucket)] += count;
        }
        counts
    }
}

/// Returns the position of the first bound that is not less than `bound`.
fn first_from(bounds: &[u64], bound: u64) -> u16 {
    let position = bounds.partition_point(|other| *other < bound);
    u16::try_from(position).unwrap_or(u16::MAX)
}

/// Returns [`Buckets::starts`].
fn starts(bounds: &[u64]) -> Box<[u16]> {
    let mut starts = vec![u16::MAX; CELLS];
    for (index, bound) in (0..).zip(bounds) {
        let start = &mut starts[cell(*bound)];
        *start = index.min(*start);
    }
    for cell in (1..CELLS).rev() {
        starts[cell - 1] = starts[cell - 1].min(starts[cell]);
    }
    starts.into()
}

/// Returns the highest duration of a native bucket.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rounds down; the bounds of the last octave are beyond 64 bits, and saturate"
)]
fn native_bound(native: i32) -> u64 {
    ((f64::from(native) / f64::from(PER_OCTAVE)).exp2() * 1e9) as u64
}

/// Returns the cell of a duration: its four highest bits, from the first that is set.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "less than `CELLS`")]
const fn cell(nanos: u64) -> usize {
    if nanos < 1 << CELL_BITS {
        return nanos as usize;
    }
    let octave = nanos.ilog2() - CELL_BITS;
    (octave << CELL_BITS) as usize + (nanos >> octave) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Edges of powers of two and of the classic and native buckets.
    fn durations(classic: &[u64]) -> impl Iterator<Item = u64> {
        let powers = (0..64).map(|bit| 1_u64 << bit);
        let native = (ZERO..=LAST).map(native_bound);
        let edges = powers.chain(native).chain(classic.iter().copied());
        edges.flat_map(|edge| [edge.saturating_sub(1), edge, edge.saturating_add(1)])
    }

    #[test]
    fn each_duration_is_in_its_classic_and_its_native_bucket() {
        let classic = [0, 1, 10, 11, 12, 13, 1_000, 1_024, 5_000_000, u64::MAX - 1];
        let buckets = Buckets::new(classic.map(Duration::from_nanos));
        for nanos in durations(&classic) {
            let fine = buckets.of(nanos);
            let bucket = classic.iter().position(|bound| nanos <= *bound);
            assert_eq!(
                buckets.classic_of(fine),
                bucket.unwrap_or(classic.len()),
                "{nanos}"
            );
            #[cfg(feature = "metrics-protobuf")]
            {
                let native = (ZERO..=LAST).find(|native| nanos <= native_bound(*native));
                assert_eq!(buckets.native_of(fine), native.unwrap(), "{nanos}");
            }
        }
    }

    #[test]
    fn buckets_need_no_bounds() {
        let buckets = Buckets::new([]);
        for nanos in durations(&[]) {
            assert_eq!(buckets.classic_of(buckets.of(nanos)), 0);
        }
    }
}
