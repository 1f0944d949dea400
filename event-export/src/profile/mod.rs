//! What several exporters compute of events: open scopes, self time, statistics, names.
//!
//! Nothing here writes, and nothing knows of a single exporter.

pub(crate) mod clock;
pub(crate) mod names;
pub(crate) mod open_scopes;
pub(crate) mod self_time;
#[cfg(any(feature = "report", feature = "summary"))]
pub(crate) mod stats;
