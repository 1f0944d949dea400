//! The body of every measured function, and the loop that calls it.
//!
//! The loop calls through a function pointer, so its machine code is the same in every scenario.

use std::hint::black_box;

/// The second argument of every call.
pub const TEXT: &str = "select 7";

/// A measured function.
pub type Work = fn(u64, &str) -> u64;

/// The shared body: a small hash loop.
#[inline(always)]
#[expect(
    clippy::inline_always,
    reason = "each measured function must contain the body itself, without a call to it"
)]
#[must_use]
pub fn hash(a: u64, b: &str) -> u64 {
    let mut hash = a;
    for byte in b.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash
}

/// Calls `work` the given number of times.
#[inline(never)]
pub fn repeat(calls: u64, work: Work) {
    let work = black_box(work);
    for call in 0..calls {
        black_box(work(black_box(call), black_box(TEXT)));
    }
}
