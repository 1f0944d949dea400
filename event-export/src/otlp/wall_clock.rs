//! Times of events as times of the wall clock, which may be set while the program runs.

/// A wall clock that differs by more from the time that spans have was set.
const JUMP: u64 = 1_000_000_000;

/// Converts the times of events, which are monotonic.
///
/// A span gets both of its times from one value of this clock, when it is exported. So its duration
/// and the order of its messages are those of the monotonic clock.
#[derive(Clone, Copy, Debug)]
pub(super) struct WallClock {
    /// The Unix time of the process's time zero, in nanoseconds.
    unix_start: u64,
}

impl WallClock {
    pub(super) const fn new(unix_start: u64) -> Self {
        Self { unix_start }
    }

    /// Follows a wall clock by which the process's time zero was at `unix_start`. Small differences
    /// are ignored, because the clock is read a little later each time.
    pub(super) const fn follow(&mut self, unix_start: u64) {
        if unix_start.abs_diff(self.unix_start) > JUMP {
            self.unix_start = unix_start;
        }
    }

    /// Returns the Unix time of a time of this process, in nanoseconds.
    pub(super) const fn unix_nanos(self, nanos: u64) -> u64 {
        self.unix_start.saturating_add(nanos)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    #[test]
    fn times_follow_a_clock_that_was_set_and_ignore_its_drift() {
        let mut clock = WallClock::new(1_000 * SECOND);
        assert_eq!(clock.unix_nanos(5), 1_000 * SECOND + 5);
        clock.follow(1_000 * SECOND + SECOND / 2);
        assert_eq!(clock.unix_nanos(5), 1_000 * SECOND + 5);
        for unix_start in [4_600 * SECOND, 400 * SECOND, 0] {
            clock.follow(unix_start);
            assert_eq!(clock.unix_nanos(5), unix_start + 5);
        }
    }

    #[test]
    fn duration_of_a_span_is_that_of_the_monotonic_clock() {
        let mut clock = WallClock::new(1_000 * SECOND);
        let (start, end) = (7 * SECOND, 9 * SECOND);
        // The clock is set back by an hour between the START and the END, or between two exports.
        for unix_start in [1_000 * SECOND, 0, 4_600 * SECOND] {
            clock.follow(unix_start);
            let exported = clock;
            let times = (exported.unix_nanos(start), exported.unix_nanos(end));
            assert_eq!(times.1 - times.0, 2 * SECOND);
        }
    }
}
