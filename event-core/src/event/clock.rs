//! The time of an event: one monotonic reading, from which its instant and system time follow.
//!
//! The clock is read at the first access, and every later access returns the same reading. It is
//! stored in an atomic, as nanoseconds since the process's first reading.

use std::time::{Instant, SystemTime};

// WebAssembly without a host interface has no clock: the standard library's would panic.
#[cfg(any(event_bare_target, all(target_family = "wasm", target_os = "unknown")))]
use super::no_clock as source;
#[cfg(not(any(event_bare_target, all(target_family = "wasm", target_os = "unknown"))))]
use super::system_clock as source;
use crate::sync::{AtomicU64, Ordering};

/// The value of a [`Clock`] that has not been read.
pub(crate) const UNREAD: u64 = 0;

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

    /// Returns the time now, which is never zero.
    #[inline]
    pub(crate) fn now() -> u64 {
        source::now()
    }

    /// Returns the reading, which is never zero. Reads the clock if it has not been read.
    #[inline]
    pub(crate) fn nanos(&self) -> u64 {
        // Relaxed, here and elsewhere: the number is the only data that the threads share.
        match self.0.load(Ordering::Relaxed) {
            UNREAD => self.read(),
            nanos => nanos,
        }
    }

    /// Returns the reading, or [`UNREAD`] if the clock has not been read.
    #[inline]
    pub(crate) fn peek(&self) -> u64 {
        self.0.load(Ordering::Relaxed) // as in `nanos`
    }

    /// Reads the clock, which has not been read.
    #[inline]
    fn read(&self) -> u64 {
        let reading = Self::now();
        // A plain store, because an exchange would take more time than the rest of this function.
        // Two threads may access one event at the same time before its clock has been read. Each of
        // them then returns its own reading, and later accesses return the one that was stored
        // last.
        self.0.store(reading, Ordering::Relaxed); // as in `nanos`
        reading
    }

    /// Returns a copy that has not been read if this clock has not been read.
    pub(crate) fn unread_copy(&self) -> Self {
        Self::at(self.0.load(Ordering::Relaxed)) // Relaxed: as in `nanos`
    }

    /// Takes the reading of `copy`, unless this clock has been read or `copy` has not.
    pub(crate) fn adopt(&self, copy: &Self) {
        if self.peek() == UNREAD {
            self.0.store(copy.peek(), Ordering::Relaxed); // as in `nanos`
        }
    }

    pub(crate) fn instant(&self) -> Instant {
        source::instant(self.nanos())
    }

    pub(crate) fn system_time(&self) -> SystemTime {
        source::system_time(self.nanos())
    }
}

impl Clone for Clock {
    /// Reads the clock if it has not been read, so that the copy has the same time.
    fn clone(&self) -> Self {
        Self::at(self.nanos())
    }
}
