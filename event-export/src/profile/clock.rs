//! The time now, on the scale of events' own: nanoseconds since the process's first event whose time was looked at.

use event_core::builtin::COMPILE;
use event_core::{Event, EventStatus};

/// What an event of now would have.
pub(crate) fn now() -> u64 {
    // It is broadcast to nobody.
    Event::new(COMPILE, EventStatus::Start).nanos()
}
