//! Times of events as numbers: nanoseconds since the process's first event whose time was looked at.

use event_core::Event;

/// The event's time.
pub(crate) fn nanos(event: &Event<'_>) -> u64 {
    event.nanos()
}

/// What an event of now would have.
#[cfg(any(feature = "flame", feature = "report"))]
pub(crate) fn now() -> u64 {
    use event_core::EventStatus;
    use event_core::builtin::COMPILE;

    // It is broadcast to nobody.
    Event::new(COMPILE, EventStatus::Start).nanos()
}
