//! See what a program did: ready-made listeners for [`event_core`]'s events.
//!
//! # Example
//!
//! No code but one line at the top of `main`; what is written, and where to, is said when the program is
//! started:
//!
//! ```
//! fn main() -> Result<(), event_export::ExportError> {
//!     let _exports = event_export::from_env()?; // writes the rest when it is dropped
//!     // …
//!     Ok(())
//! }
//! ```
//!
//! ```sh
//! EVENT_EXPORT='summary,chrome=trace.json,flame=flame.svg' EVENT_KINDS='app:*,numba:*' ./program
//! ```
//!
//! Each is also a [`Listener`](event_core::Listener) of its own, to be installed like any other.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    not(all(
        feature = "alloc",
        feature = "chrome",
        feature = "flame",
        feature = "layer",
        feature = "live",
        feature = "log",
        feature = "progress",
        feature = "report",
        feature = "tracing"
    )),
    allow(dead_code, reason = "exporters share more than each of them needs")
)]

mod alloc;
#[cfg(any(doc, doctest))]
pub mod see;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod env;
mod error;
mod exit;
mod exporter;
mod file;
mod names;
mod open;
mod part;
mod self_time;
#[cfg(any(feature = "log", feature = "tracing"))]
mod set_up;
#[cfg(any(feature = "report", feature = "summary"))]
mod stats;
mod thread;
mod time;
mod trouble;

#[cfg(feature = "chrome")]
mod chrome;
#[cfg(feature = "flame")]
mod flame;
#[cfg(feature = "layer")]
mod layer;
#[cfg(feature = "log")]
#[path = "log.rs"]
mod log_records;
#[cfg(feature = "progress")]
mod progress;
#[cfg(feature = "report")]
mod report;
#[cfg(feature = "tracing")]
mod spans;
#[cfg(feature = "summary")]
mod summary;

#[cfg(feature = "alloc")]
pub use alloc::CountingAllocator;
#[cfg(feature = "chrome")]
pub use chrome::ChromeTrace;
pub use env::{Exports, from_env, from_text};
pub use error::ExportError;
pub use exporter::Exporter;
#[cfg(feature = "flame")]
pub use flame::FlameGraph;
#[cfg(feature = "layer")]
pub use layer::EventLayer;
#[cfg(feature = "log")]
pub use log_records::LogRecords;
#[cfg(feature = "progress")]
pub use progress::Progress;
#[cfg(feature = "report")]
pub use report::Report;
#[cfg(feature = "tracing")]
pub use spans::TracingSpans;
#[cfg(feature = "summary")]
pub use summary::{Summary, SummaryRow, SummarySort, SummaryTable};
