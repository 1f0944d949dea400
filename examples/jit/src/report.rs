//! What can be made of the compiler's events.
//!
//! Each report is a listener, or is made from what one recorded; the compiler knows nothing of
//! any of them.

pub mod json;
mod passes;
mod tree;

pub use passes::PassTable;
pub use tree::CompileTree;

use std::time::Duration;

/// Prints a duration with three digits that count.
fn milliseconds(duration: Duration) -> String {
    format!("{:.3} ms", duration.as_secs_f64() * 1e3)
}
