//! The peers, each used as its documentation says.

pub mod fastrace;
pub mod hotpath;
pub mod log;
pub mod puffin;
pub mod tracing;

/// How many calls a peer that collects by root span or by frame gets in each.
const BATCH: u64 = 4096;

/// Calls `batch` with the number of its calls until so many are made.
fn in_batches(calls: u64, batch: impl Fn(u64)) {
    let mut left = calls;
    while left > 0 {
        let now = left.min(BATCH);
        batch(now);
        left -= now;
    }
}
