//! The peers, each used as its documentation recommends.

pub mod depth;
pub mod fastrace;
pub mod futures;
pub mod hotpath;
pub mod log;
pub mod puffin;
pub mod tracing;

/// Number of calls in one root span or frame, for the peers that collect by root span or frame.
const BATCH: u64 = 4096;

/// Splits `calls` into batches and passes the size of each batch to `batch`.
fn in_batches(calls: u64, batch: impl Fn(u64)) {
    let mut remaining = calls;
    while remaining > 0 {
        let size = remaining.min(BATCH);
        batch(size);
        remaining -= size;
    }
}
