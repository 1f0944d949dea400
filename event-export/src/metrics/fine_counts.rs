//! How many calls each fine bucket has.

/// The buckets are added in groups of this many.
const GROUP: usize = 8;

/// The counts of the buckets between the shortest and the longest duration.
#[derive(Clone, Debug, Default)]
pub(super) struct FineCounts {
    /// The bucket of the first count.
    first: usize,
    counts: Vec<u64>,
}

impl FineCounts {
    #[inline]
    pub(super) fn add(&mut self, bucket: usize) {
        match self.counts.get_mut(bucket.wrapping_sub(self.first)) {
            Some(count) => *count += 1,
            None => *self.new_bucket(bucket) += 1,
        }
    }

    /// Adds a bucket that is not between the others.
    #[cold]
    #[inline(never)]
    fn new_bucket(&mut self, bucket: usize) -> &mut u64 {
        let group = bucket - bucket % GROUP;
        if self.counts.is_empty() {
            self.first = group;
        }
        let before = self.first.saturating_sub(group);
        self.counts.splice(0..0, std::iter::repeat_n(0, before));
        self.first -= before;
        let len = self.counts.len().max(group + GROUP - self.first);
        self.counts.resize(len, 0);
        &mut self.counts[bucket - self.first]
    }

    /// Adds the counts of other threads.
    pub(super) fn add_all(&mut self, other: &Self) {
        for (bucket, count) in other.iter() {
            match self.counts.get_mut(bucket.wrapping_sub(self.first)) {
                Some(sum) => *sum += count,
                None => *self.new_bucket(bucket) += count,
            }
        }
    }

    /// Returns the buckets that are not empty and their counts, in ascending order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, u64)> {
        let counts = (self.first..).zip(self.counts.iter().copied());
        counts.filter(|(_, count)| *count > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_grow_in_both_directions() {
        let mut counts = FineCounts::default();
        for bucket in [300, 100, 300, 500, 99, 0] {
            counts.add(bucket);
        }
        let mut other = FineCounts::default();
        other.add(700);
        other.add(99);
        counts.add_all(&other);
        let all: Vec<_> = counts.iter().collect();
        assert_eq!(
            all,
            [(0, 1), (99, 2), (100, 1), (300, 2), (500, 1), (700, 1)]
        );
    }
}
