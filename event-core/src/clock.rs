//! The clock: one monotonic reading, from which both kinds of time come.
//!
//! An event keeps its reading as nanoseconds since the first one of the process, in an atomic,
//! so that whoever asks first reads the clock, and everybody else gets the same time.

use std::time::{Duration, Instant, SystemTime};

use crate::sync::{AtomicU64, OnceLock, Ordering};

/// What a clock holds that has not been read.
const UNREAD: u64 = 0;

/// The times at the process's first reading, which is number one.
static ORIGIN: OnceLock<(Instant, SystemTime)> = OnceLock::new();

fn origin() -> (Instant, SystemTime) {
    *ORIGIN.get_or_init(|| (Instant::now(), SystemTime::now()))
}

/// A time that is read at most once, when somebody asks.
#[derive(Debug)]
pub(crate) struct Clock(AtomicU64);

impl Clock {
    pub(crate) const fn new() -> Self {
        Self(AtomicU64::new(UNREAD))
    }

    /// The reading, taken now if there is none yet.
    fn nanos(&self) -> u64 {
        // Relaxed, here and below: the number is all there is to see.
        let nanos = self.0.load(Ordering::Relaxed);
        if nanos != UNREAD {
            return nanos;
        }
        let now = u64::try_from(origin().0.elapsed().as_nanos())
            .unwrap_or(u64::MAX)
            .max(1);
        match self
            .0
            .compare_exchange(UNREAD, now, Ordering::Relaxed, Ordering::Relaxed)
        {
            Ok(_) => now,
            Err(earlier) => earlier,
        }
    }

    pub(crate) fn instant(&self) -> Instant {
        origin().0 + Duration::from_nanos(self.nanos())
    }

    pub(crate) fn system_time(&self) -> SystemTime {
        origin().1 + Duration::from_nanos(self.nanos())
    }
}

impl Clone for Clock {
    /// Reads the clock if nobody has: a copy has the same time.
    fn clone(&self) -> Self {
        Self(AtomicU64::new(self.nanos()))
    }
}
