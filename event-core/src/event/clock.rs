//! The time of an event: one monotonic reading, from which its instant and system time follow.
//!
//! The clock is read at the first access, and every later access returns the same reading. It is
//! stored in an atomic, as nanoseconds since the process's first reading.

use std::hash::{Hash, Hasher};
use std::time::{Duration, Instant, SystemTime};

use crate::sync::{AtomicU64, OnceLock, Ordering};
use crate::thread::SuppressEvents;

/// The value of a [`Clock`] that has not been read.
const UNREAD: u64 = 0;

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

/// A time that is read at most once, at the first access.
#[derive(Debug)]
pub(crate) struct Clock(AtomicU64);

impl Clock {
    pub(crate) const fn new() -> Self {
        Self(AtomicU64::new(UNREAD))
    }

    /// Returns a clock whose reading is `nanos`.
    pub(crate) const fn at(nanos: u64) -> Self {
        Self(AtomicU64::new(nanos))
    }

    /// Returns the reading, which is never zero. Reads the clock if it has not been read.
    #[inline]
    pub(crate) fn nanos(&self) -> u64 {
        // Relaxed, here and in `read`: the number is the only data that the threads share.
        match self.0.load(Ordering::Relaxed) {
            UNREAD => self.read(),
            nanos => nanos,
        }
    }

    fn read(&self) -> u64 {
        let origin = origin(); // first, so that `now` is not before it
        let now = Instant::now();
        let nanos = if let Some(first) = origin.hashed_nanos {
            hashed_nanos(now).saturating_sub(first)
        } else {
            let elapsed = now.saturating_duration_since(origin.instant);
            u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX)
        };
        let now = nanos.max(1);
        // Two threads may access one event. Both return the reading that is stored first.
        let exchanged = self
            .0
            .compare_exchange(UNREAD, now, Ordering::Relaxed, Ordering::Relaxed);
        match exchanged {
            Ok(_) => now,
            Err(earlier) => earlier,
        }
    }

    pub(crate) fn instant(&self) -> Instant {
        origin().instant + Duration::from_nanos(self.nanos())
    }

    pub(crate) fn system_time(&self) -> SystemTime {
        origin().system_time + Duration::from_nanos(self.nanos())
    }
}

impl Clone for Clock {
    /// Reads the clock if it has not been read, so that the copy has the same time.
    fn clone(&self) -> Self {
        Self::at(self.nanos())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
