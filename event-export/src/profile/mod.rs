//! Computations that several exporters share: open scopes, self time, call trees, rows, names.
//!
//! Nothing here writes output, and nothing depends on one exporter.

#[cfg(any(
    feature = "flame",
    feature = "metrics",
    feature = "report",
    feature = "summary"
))]
pub(crate) mod call_tree;
pub(crate) mod clock;
#[cfg(any(feature = "report", feature = "summary"))]
mod histogram;
#[cfg(any(
    feature = "chrome",
    feature = "flame",
    feature = "metrics",
    feature = "report",
    feature = "summary"
))]
pub(crate) mod labels;
pub(crate) mod names;
pub(crate) mod open_scopes;
#[cfg(any(feature = "metrics", feature = "report", feature = "summary"))]
pub(crate) mod row_index;
#[cfg(any(feature = "metrics", feature = "summary"))]
pub(crate) mod rows;
pub(crate) mod self_time;
#[cfg(any(feature = "metrics", feature = "summary"))]
pub(crate) mod sharded_rows;
#[cfg(any(feature = "report", feature = "summary"))]
pub(crate) mod stats;
pub(crate) mod truncate;
#[cfg(any(
    feature = "flame",
    feature = "flight",
    feature = "log",
    feature = "summary"
))]
pub(crate) mod units;
