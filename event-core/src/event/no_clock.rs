//! The replacement for a clock on targets without one: it counts its readings.
//!
//! Events keep their order, durations are about zero, and system times are in 1970. The standard
//! library can make no instant there, so asking for one panics.

use std::time::{Duration, Instant, SystemTime};

use crate::sync::{AtomicU64, Ordering};

static READINGS: AtomicU64 = AtomicU64::new(0);

/// Returns the number of this reading.
pub(super) fn now() -> u64 {
    // Relaxed: the numbers must only differ.
    READINGS.fetch_add(1, Ordering::Relaxed) + 1
}

pub(super) fn instant(_: u64) -> Instant {
    panic!("this target has no clock, so events have no instant")
}

/// Returns a time in 1970.
pub(super) fn system_time(nanos: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_nanos(nanos)
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::time::Duration;

    use crate::event::Event;
    use crate::event::status::EventStatus;
    use crate::install::local;
    use crate::scope::closure::trigger_event;

    #[test]
    fn listeners_without_a_clock_receive_events_in_order() {
        let recorder = local::install_recorder("no_clock:*");
        let mut taken = None;
        {
            let _timer = local::install_timer("no_clock:outer", |duration| taken = Some(duration));
            trigger_event("no_clock:outer", (), || {
                trigger_event("no_clock:inner", (), || {});
            });
        }
        assert!(taken.is_some_and(|taken| taken < Duration::from_micros(1)));
        assert_eq!(
            recorder.lines(),
            [
                "START no_clock:outer",
                "START no_clock:inner",
                "END no_clock:inner",
                "END no_clock:outer"
            ]
        );
    }

    #[test]
    fn instant_panics_with_the_reason() {
        let event = Event::new("no_clock:event", EventStatus::Start);
        let panic = catch_unwind(AssertUnwindSafe(|| event.instant())).unwrap_err();
        let message = panic.downcast_ref::<&str>().copied();
        assert_eq!(
            message,
            Some("this target has no clock, so events have no instant")
        );
        assert!(event.nanos() < event.clone().nanos() + 1);
    }
}
