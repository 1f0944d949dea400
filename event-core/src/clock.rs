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

#[inline]
fn origin() -> &'static (Instant, SystemTime) {
    match ORIGIN.get() {
        Some(origin) => origin,
        None => first(),
    }
}

#[cold]
fn first() -> &'static (Instant, SystemTime) {
    ORIGIN.get_or_init(|| (Instant::now(), SystemTime::now()))
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
        let origin = origin().0; // before now, the first time
        let passed = Instant::now().saturating_duration_since(origin);
        // A `u64` has room for five centuries.
        let nanos = passed.as_secs() * 1_000_000_000 + u64::from(passed.subsec_nanos());
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
        origin().0 + Duration::from_nanos(self.nanos())
    }

    pub(crate) fn system_time(&self) -> SystemTime {
        origin().1 + Duration::from_nanos(self.nanos())
    }
}

impl Clone for Clock {
    /// Reads the clock if nobody has: a copy has the same time.
    fn clone(&self) -> Self {
        Self::at(self.nanos())
    }
}
