//! Reports about the compiler's events.
//!
//! Each report is a listener, or is built from recorded events. The compiler does not depend on any
//! report.

pub mod json;
mod passes;
mod tree;

pub use passes::PassTable;
pub use tree::CompileTree;

use std::time::Duration;

/// Formats a duration in milliseconds with three decimals.
fn milliseconds(duration: Duration) -> String {
    format!("{:.3} ms", duration.as_secs_f64() * 1e3)
}
