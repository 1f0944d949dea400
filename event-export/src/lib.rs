//! Ready-made listeners for [`event_core`]'s events: a table, a flame graph, a Chrome trace, an
//! HTML report, metrics for Prometheus, spans of `tracing`, records of `log`.
//!
//! # Example
//!
//! Put one line at the top of `main`:
//!
//! ```
//! fn main() -> Result<(), event_export::ExportError> {
//!     let _exports = event_export::from_env()?; // writes the files when it is dropped
//!     // …
//!     Ok(())
//! }
//! ```
//!
//! Then name the outputs, and the kinds of events, when the program is started:
//!
//! ```sh
//! EVENT_EXPORT='summary,chrome=trace.json,flame=flame.svg' EVENT_KINDS='app:*' ./program
//! ```
//!
//! Without `EVENT_EXPORT` nothing is installed. [`see`] shows each output and all options.
//!
//! # Types and features
//!
//! Each exporter is also a [`Listener`](event_core::Listener), which code can install with
//! [`install_listener`](event_core::install_listener).
//!
//! | type | feature | `EVENT_EXPORT` | output |
//! | --- | --- | --- | --- |
//! | [`Summary`] | `summary`* | `summary` | a table of all functions |
//! | [`Summary`], live | `live` | `summary=live` | the table, redrawn while the program runs |
//! | [`ChromeTrace`] | `chrome`* | `chrome=FILE.json` | a trace for Perfetto or speedscope |
//! | [`FlameGraph`] | `flame`* | `flame=FILE.svg` | a flame graph, or the difference of two |
//! | [`Report`] | `report` | `report=FILE.html` | timeline, flame graph, table, failures |
//! | [`FlightRecorder`] | `flight` | `flight=DIRECTORY` | the seconds before a panic or slow call |
//! | [`TracingSpans`] | `tracing` | `tracing` | spans for a subscriber of `tracing` |
//! | [`OtlpSpans`] | `otlp` | `otlp` | spans for a collector of OpenTelemetry |
//! | [`LogRecords`] | `log` | `log` | a record of `log` for each END |
//! | [`Metrics`] | `metrics` | `metrics=127.0.0.1:9464` | counts and durations for Prometheus |
//! | [`Progress`] | `progress` | | a progress bar for a known number of calls |
//! | [`HttpServerLayer`], [`HttpClientLayer`] | `tower` | | an event for each HTTP request |
//! | [`EventLayer`] | `layer` | | the reverse: spans and messages of `tracing` become events |
//! | [`EventLogger`] | `log` | | the reverse: records of `log` become events |
//! | [`CountingAllocator`] | `alloc` | | adds allocated bytes to the table |
//!
//! A `*` marks a default feature. [`from_env`], [`from_text`], [`Exports`], [`Exporter`],
//! [`Redacted`], [`TraceContext`] and [`ExportError`] need no feature. The page [`with_tracing`]
//! shows both bridges; it needs `tracing` and `layer`. The page [`with_prometheus`] shows metrics;
//! it needs `metrics`. The page [`beyond_one_process`] shows traces of several processes; it needs
//! `otlp`.
//!
//! [`Summary`]: struct.Summary.html
//! [`ChromeTrace`]: struct.ChromeTrace.html
//! [`FlameGraph`]: struct.FlameGraph.html
//! [`Report`]: struct.Report.html
//! [`FlightRecorder`]: struct.FlightRecorder.html
//! [`TracingSpans`]: struct.TracingSpans.html
//! [`OtlpSpans`]: struct.OtlpSpans.html
//! [`LogRecords`]: struct.LogRecords.html
//! [`Metrics`]: struct.Metrics.html
//! [`Progress`]: struct.Progress.html
//! [`HttpServerLayer`]: tower/struct.HttpServerLayer.html
//! [`HttpClientLayer`]: tower/struct.HttpClientLayer.html
//! [`EventLayer`]: struct.EventLayer.html
//! [`EventLogger`]: struct.EventLogger.html
//! [`CountingAllocator`]: struct.CountingAllocator.html
//! [`with_tracing`]: with_tracing/index.html
//! [`beyond_one_process`]: beyond_one_process/index.html
//! [`with_prometheus`]: with_prometheus/index.html

#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    not(all(
        feature = "alloc",
        feature = "chrome",
        feature = "flame",
        feature = "flight",
        feature = "layer",
        feature = "live",
        feature = "log",
        feature = "metrics",
        feature = "otlp",
        feature = "progress",
        feature = "report",
        feature = "tower",
        feature = "tracing"
    )),
    allow(
        dead_code,
        reason = "some shared code serves only some of the exporters"
    )
)]

#[cfg(any(doc, doctest))]
pub mod see;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod context;
mod env;
mod error;
mod exporter;
mod host;
mod io;
mod process;
mod profile;
#[cfg(feature = "flight")]
mod quantity;
mod redacted;
mod spec;
mod suggest;
mod sync;

#[cfg(feature = "chrome")]
mod chrome;
#[cfg(feature = "log")]
mod event_logger;
#[cfg(feature = "flame")]
mod flame;
#[cfg(feature = "flight")]
mod flight;
#[cfg(feature = "log")]
mod log;
#[cfg(any(feature = "log", feature = "layer"))]
mod log_names;
#[cfg(any(feature = "log", feature = "layer"))]
mod log_places;
#[cfg(feature = "metrics")]
mod metrics;
#[cfg(feature = "otlp")]
mod otlp;
#[cfg(feature = "progress")]
mod progress;
#[cfg(feature = "report")]
mod report;
#[cfg(feature = "summary")]
mod summary;
#[cfg(feature = "tower")]
pub mod tower;
#[cfg(any(feature = "layer", feature = "tracing"))]
mod tracing;

#[cfg(all(any(doc, doctest), feature = "otlp"))]
#[doc = include_str!("../docs/beyond_one_process.md")]
pub mod beyond_one_process {}

#[cfg(all(any(doc, doctest), feature = "layer", feature = "tracing"))]
#[doc = include_str!("../docs/with_tracing.md")]
pub mod with_tracing {}

#[cfg(all(any(doc, doctest), feature = "metrics"))]
#[doc = include_str!("../docs/metrics.md")]
pub mod with_prometheus {}

#[cfg(feature = "log")]
pub use crate::log::LogRecords;
#[cfg(feature = "chrome")]
pub use chrome::ChromeTrace;
pub use context::{InvalidTraceParent, TraceContext};
pub use env::{Exports, from_env, from_text};
pub use error::ExportError;
#[cfg(feature = "log")]
pub use event_logger::EventLogger;
pub use exporter::Exporter;
#[cfg(feature = "flame")]
pub use flame::FlameGraph;
#[cfg(feature = "flight")]
pub use flight::{FlightRecorder, OpenScope, open_scopes};
#[cfg(feature = "alloc")]
pub use host::alloc::CountingAllocator;
#[cfg(feature = "metrics")]
pub use metrics::Metrics;
#[cfg(feature = "otlp")]
pub use otlp::{OtlpConfigError, OtlpSpans};
#[cfg(feature = "progress")]
pub use progress::Progress;
pub use redacted::Redacted;
#[cfg(feature = "report")]
pub use report::Report;
#[cfg(feature = "summary")]
pub use summary::{
    Summary, SummaryComparison, SummaryRegression, SummaryRow, SummarySort, SummaryTable,
};
#[cfg(feature = "layer")]
pub use tracing::layer::EventLayer;
#[cfg(feature = "tracing")]
pub use tracing::spans::TracingSpans;
