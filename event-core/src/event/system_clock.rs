//! The clock of the standard library: nanoseconds since the process's first reading.

use std::hash::{Hash, Hasher};
use std::time::{Duration, Instant, SystemTime};

use crate::sync::OnceLock;
use crate::thread::SuppressEvents;

/// The process's first reading, from which all others are measured.
struct Origin {
    instant: Instant,
    system_time: SystemTime,
    /// [`hashed_nanos`] of `instant`, if that function is correct on this platform.
    hashed_nanos: Option<u64>,
}

static ORIGIN: OnceLock<Origin> = OnceLock::new();

#[inline]
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
        Origin {
            instant,
            system_time: SystemTime::now(),
            hashed_nanos: is_hash_correct(instant).then(|| hashed_nanos(instant)),
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

/// Returns the nanoseconds since the first reading.
#[inline]
pub(super) fn now() -> u64 {
    let origin = origin(); // first, so that `now` is not before it
    let now = Instant::now();
    if let Some(first) = origin.hashed_nanos {
        hashed_nanos(now).saturating_sub(first)
    } else {
        let elapsed = now.saturating_duration_since(origin.instant);
        u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX)
    }
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
