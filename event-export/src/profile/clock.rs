//! The current time on the scale of `Event::nanos`.

use std::cell::Cell;
use std::time::SystemTime;

thread_local! {
    /// The time at which the clock of this thread is stopped.
    static STOPPED: Cell<Option<u64>> = const { Cell::new(None) };
}

/// Returns the time that an event would have now, in nanoseconds since the first event whose time
/// was read.
pub(crate) fn now() -> u64 {
    STOPPED
        .get()
        .unwrap_or_else(event_core::__private::now_nanos)
}

/// Returns the Unix time of time zero, in nanoseconds, by the current wall clock.
pub(crate) fn unix_start() -> u64 {
    let unix = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let unix = u64::try_from(unix.unwrap_or_default().as_nanos()).unwrap_or(u64::MAX);
    unix.saturating_sub(now())
}

/// Stops the clock of this thread until the guard is dropped.
///
/// Exporters that write one after the other then agree on the end of the run, and none of them
/// counts the writing of another one as a part of the run.
pub(crate) fn stop() -> StoppedClock {
    stop_at(now())
}

/// Stops the clock of this thread at a time, for the writing of events that were recorded.
pub(crate) fn stop_at(nanos: u64) -> StoppedClock {
    StoppedClock(STOPPED.replace(Some(nanos)))
}

/// Restores the clock on drop.
#[must_use = "dropping this starts the clock"]
pub(crate) struct StoppedClock(Option<u64>);

impl Drop for StoppedClock {
    fn drop(&mut self) {
        STOPPED.set(self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stopped_clock_does_not_advance() {
        let before = now();
        let stopped = stop();
        let time = now();
        std::thread::sleep(std::time::Duration::from_millis(2));
        assert_eq!(now(), time);
        drop(stop());
        assert_eq!(now(), time, "the inner guard does not start the clock");
        drop(stopped);
        assert!(now() >= time + 2_000_000 && time >= before);
    }
}
