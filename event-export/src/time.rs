//! Times of events as numbers.

use event_core::Event;

/// The event's time in nanoseconds since the process's first event whose time was looked at.
pub(crate) fn nanos(event: &Event<'_>) -> u64 {
    event.nanos()
}
