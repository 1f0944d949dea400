//! The current time on the scale of [`Event::nanos`].

use event_core::builtin::COMPILE;
use event_core::{Event, EventStatus};

/// Returns the time that an event would have now, in nanoseconds since the first event whose time
/// was read.
pub(crate) fn now() -> u64 {
    // The event is not broadcast.
    Event::new(COMPILE, EventStatus::Start).nanos()
}
