//! The clock of the standard library: nanoseconds since the process's first reading.

use std::hash::{Hash, Hasher};
use std::time::{Duration, Instant, SystemTime};

use crate::sync::{ClockU64, OnceLock, Ordering};
use crate::thread::SuppressEvents;

/// The process's first reading, from which all others are measured.
struct Origin {
    instant: Instant,
    system_time: SystemTime,
}

static ORIGIN: OnceLock<Origin> = OnceLock::new();

/// [`hashed_nanos`] of the first reading. It is zero before the first reading, and if that function
/// is incorrect on this platform.
static FIRST_HASHED: ClockU64 = ClockU64::new(0);

fn origin() -> &'static Origin {
    match ORIGIN.get() {
        Some(origin) => origin,
        None => init_origin(),
    }
}

#[cold]
fn init_origin() -> &'static Origin {
    let _suppress = SuppressEvents::new(); // a signal handler would wait for `ORIGIN`
    ORIGIN.get_or_init(|| {
        let instant = Instant::now();
        if is_hash_correct(instant) {
            // Relaxed: the number is the only data that the threads share.
            FIRST_HASHED.store(hashed_nanos(instant), Ordering::Relaxed);
        }
        Origin {
            instant,
            system_time: SystemTime::now(),
        }
    })
}

/// Seconds and nanoseconds of an `Instant`, read through its `Hash` impl because it has no
/// accessor.
#[derive(Default)]
struct InstantParts {
    seconds: u64,
    nanos: u32,
}

impl Hasher for InstantParts {
    #[inline]
    #[expect(clippy::cast_sign_loss, reason = "only differences count")]
    fn write_i64(&mut self, seconds: i64) {
        self.seconds = seconds as u64;
    }

    #[inline]
    fn write_u64(&mut self, seconds: u64) {
        self.seconds = seconds;
    }

    #[inline]
    fn write_u32(&mut self, nanos: u32) {
        self.nanos = nanos;
    }

    fn write(&mut self, _: &[u8]) {}

    fn finish(&self) -> u64 {
        0
    }
}

/// Returns the nanoseconds from an unknown origin to `instant`.
///
/// Subtracting two instants by `duration_since` would cost 53 instructions more for each reading.
/// With it a timed call takes 470 instructions above its clock reads instead of 364, and a recorded
/// call 771 instead of 666.
#[inline]
fn hashed_nanos(instant: Instant) -> u64 {
    let mut parts = InstantParts::default();
    instant.hash(&mut parts);
    // A `u64` holds the nanoseconds of five centuries.
    let seconds = parts.seconds.wrapping_mul(1_000_000_000);
    seconds.wrapping_add(parts.nanos.into())
}

/// Tests [`hashed_nanos`], because the standard library does not document how an instant is hashed.
fn is_hash_correct(instant: Instant) -> bool {
    let probes = [(0, 1), (1, 0), (2, 999_999_999), (40_000_000, 500_000_007)];
    probes.into_iter().all(|(seconds, nanos)| {
        let later = hashed_nanos(instant + Duration::new(seconds, nanos));
        later.checked_sub(hashed_nanos(instant)) == Some(seconds * 1_000_000_000 + u64::from(nanos))
    })
}

/// Returns the nanoseconds since the first reading; never zero.
#[inline]
pub(super) fn now() -> u64 {
    let first = FIRST_HASHED.load(Ordering::Relaxed); // first, so that `now` is not before it
    if first != 0 {
        let nanos = hashed_nanos(Instant::now()).wrapping_sub(first);
        // The difference is zero or negative only during the first reading.
        if (1..=i64::MAX as u64).contains(&nanos) {
            return nanos;
        }
    }
    slow_now()
}

/// Does the same as [`now`] at the first reading, and without hashed nanoseconds.
#[cold]
#[inline(never)]
fn slow_now() -> u64 {
    let origin = origin(); // first, so that `now` is not before it
    let elapsed = Instant::now().saturating_duration_since(origin.instant);
    u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX).max(1)
}

/// Returns the instant of a reading.
pub(super) fn instant(nanos: u64) -> Instant {
    origin().instant + Duration::from_nanos(nanos)
}

/// Returns the system time of a reading.
pub(super) fn system_time(nanos: u64) -> SystemTime {
    origin().system_time + Duration::from_nanos(nanos)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::clock::Clock;

    #[test]
    fn reading_matches_instant() {
        let before = origin().instant.elapsed();
        let clock = Clock::new();
        let nanos = Duration::from_nanos(clock.nanos());
        assert!(before <= nanos + Duration::from_nanos(1) && nanos <= origin().instant.elapsed());
        assert_eq!(clock.instant(), origin().instant + nanos);
    }

    #[test]
    fn instants_hash_as_expected_on_this_platform() {
        assert!(is_hash_correct(Instant::now()));
    }
}
