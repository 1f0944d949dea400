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
    since(event.instant())
}

/// Now in nanoseconds since the origin.
#[cfg(feature = "report")]
pub(crate) fn now() -> u64 {
    let origin = origin(); // before now, the first time
    since(Instant::now().max(origin))
}

fn since(instant: Instant) -> u64 {
    let since = instant.saturating_duration_since(origin());
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}
