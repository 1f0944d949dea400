//! The process around the exporters: its threads, its allocator, its forks, its logger and
//! subscriber.

pub(crate) mod alloc;
pub(crate) mod fork;
pub(crate) mod presence;
#[cfg(any(feature = "log", feature = "tracing"))]
pub(crate) mod rivals;
#[cfg(feature = "flight")]
pub(crate) mod seen_threads;
pub(crate) mod thread;
#[cfg(any(
    feature = "chrome",
    feature = "flight",
    feature = "live",
    feature = "metrics",
    feature = "otlp"
))]
pub(crate) mod worker;
