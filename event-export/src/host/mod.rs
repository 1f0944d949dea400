//! The process that the exporters run in: its threads, its allocator, and the logger or subscriber that it sets up.

pub(crate) mod alloc;
#[cfg(any(feature = "log", feature = "tracing"))]
pub(crate) mod presence;
pub(crate) mod thread;
