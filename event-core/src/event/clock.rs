//! The clock: one monotonic reading, from which both kinds of time come.
//!
//! An event keeps its reading as nanoseconds since the first one of the process, in an atomic,
//! so that whoever asks first reads the clock, and everybody else gets the same time.

use std::hash::{Hash, Hasher};
use std::time::{Duration, Instant, SystemTime};

use crate::sync::{AtomicU64, OnceLock, Ordering};

/// What a clock holds that has not been read.
const UNREAD: u64 = 0;

/// The process's first reading, which is number one.
struct Origin {
    instant: Instant,
    system_time: SystemTime,
    /// The same as [`absolute`] has it, where that can be relied on.
    absolute: Option<u64>,
}

static ORIGIN: OnceLock<Origin> = OnceLock::new();

#[inline]
fn origin() -> &'static Origin {
    match ORIGIN.get() {
        Some(origin) => origin,
        None => first(),
    }
}

#[cold]
fn first() -> &'static Origin {
    ORIGIN.get_or_init(|| {
        let (instant, system_time) = (Instant::now(), SystemTime::now());
        Origin {
            instant,
            system_time,
            absolute: is_absolute_right(instant).then(|| absolute(instant)),
        }
    })
}

/// What an `Instant` is made of. It says so to a hasher alone.
#[derive(Default)]
struct Parts {
    seconds: u64,
    nanos: u32,
}

impl Hasher for Parts {
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

/// An instant in nanoseconds since some other: half of what a subtraction of two instants takes.
#[inline]
fn absolute(instant: Instant) -> u64 {
    let mut parts = Parts::default();
    instant.hash(&mut parts);
    // A `u64` has room for five centuries.
    let seconds = parts.seconds.wrapping_mul(1_000_000_000);
    seconds.wrapping_add(parts.nanos.into())
}

/// Tries [`absolute`] out, as nobody promises what an instant hashes.
fn is_absolute_right(instant: Instant) -> bool {
    let probes = [(0, 1), (1, 0), (2, 999_999_999), (40_000_000, 500_000_007)];
    probes.into_iter().all(|(seconds, nanos)| {
        let later = absolute(instant + Duration::new(seconds, nanos));
        later.checked_sub(absolute(instant)) == Some(seconds * 1_000_000_000 + u64::from(nanos))
    })
}

/// A time that is read at most once, when somebody asks.
#[derive(Debug)]
pub(crate) struct Clock(AtomicU64);

impl Clock {
    pub(crate) const fn new() -> Self {
        Self(AtomicU64::new(UNREAD))
    }

    /// The clock whose reading is `nanos`.
    pub(crate) const fn at(nanos: u64) -> Self {
        Self(AtomicU64::new(nanos))
    }

    /// The reading, taken now if there is none yet; never zero.
    #[inline]
    pub(crate) fn nanos(&self) -> u64 {
        // Relaxed, here and below: the number is all there is to see.
        match self.0.load(Ordering::Relaxed) {
            UNREAD => self.read(),
            nanos => nanos,
        }
    }

    fn read(&self) -> u64 {
        let origin = origin(); // before now, the first time
        let now = Instant::now();
        let nanos = if let Some(first) = origin.absolute {
            absolute(now).saturating_sub(first)
        } else {
            let passed = now.saturating_duration_since(origin.instant);
            u64::try_from(passed.as_nanos()).unwrap_or(u64::MAX)
        };
        let now = nanos.max(1);
        // Two threads may look at one event: both get the time of whoever comes first.
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
    /// Reads the clock if nobody has: a copy has the same time.
    fn clone(&self) -> Self {
        Self::at(self.nanos())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_are_those_of_the_instants() {
        let (before, clock) = (origin().instant.elapsed(), Clock::new());
        let nanos = Duration::from_nanos(clock.nanos());
        assert!(before <= nanos + Duration::from_nanos(1) && nanos <= origin().instant.elapsed());
        assert_eq!(clock.instant(), origin().instant + nanos);
    }

    #[test]
    fn instants_hash_as_expected_on_this_platform() {
        assert!(is_absolute_right(Instant::now()));
    }
}
