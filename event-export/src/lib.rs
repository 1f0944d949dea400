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
mod shown;
#[cfg(any(feature = "log", feature = "tracing"))]
mod sink;
mod thread;
mod time;
mod trouble;

#[cfg(feature = "alloc")]
mod alloc;
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
#[cfg(feature = "tracing")]
pub use spans::TracingSpans;
