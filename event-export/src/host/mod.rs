//! The process around the exporters: its threads, its allocator, its logger and subscriber.

pub(crate) mod alloc;
#[cfg(any(feature = "log", feature = "tracing"))]
pub(crate) mod presence;
pub(crate) mod thread;
