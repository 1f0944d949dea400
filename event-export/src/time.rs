//! Times of events as numbers: nanoseconds since this crate's first reading.

use std::sync::OnceLock;
use std::time::Instant;

use event_core::Event;

static ORIGIN: OnceLock<Instant> = OnceLock::new();

/// Makes now the origin, unless there is one.
pub(crate) fn origin() -> Instant {
    *ORIGIN.get_or_init(Instant::now)
}

/// The event's time in nanoseconds since the origin; zero for what was before.
pub(crate) fn nanos(event: &Event<'_>) -> u64 {
    since_origin(event.instant())
}

/// The time now, in the same way.
#[cfg(feature = "flame")]
pub(crate) fn now() -> u64 {
    since_origin(Instant::now())
}

fn since_origin(instant: Instant) -> u64 {
    let since = instant.saturating_duration_since(origin());
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}
