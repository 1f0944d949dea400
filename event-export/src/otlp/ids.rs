//! Random ids of traces and spans.
//!
//! Ids are made from the ids of scopes, which are unique in a process, and from random keys of the
//! process. A span's id therefore needs no storage.

use std::hash::{BuildHasher, RandomState};

use super::record::RemoteTrace;

/// The random keys of a process.
#[derive(Debug)]
pub(super) struct IdKeys {
    trace: [u64; 2],
    span: u64,
}

impl IdKeys {
    /// Returns keys that differ from those of every other process.
    pub(super) fn new() -> Self {
        // The standard library takes a seed from the system for each thread, then it counts.
        // The process id distinguishes the copies of a forked process.
        let random = |number: u64| {
            let process = crate::process::id();
            RandomState::new().hash_one((process, std::time::SystemTime::now(), number))
        };
        Self {
            trace: [random(0), random(1)],
            span: random(2),
        }
    }

    /// Returns the id of the trace that the scope with the number `root` has started.
    #[inline]
    pub(super) fn trace(&self, root: u64) -> u128 {
        let [high, low] = self.trace.map(|key| mix(root ^ key));
        (u128::from(high) << 64 | u128::from(low)).max(1)
    }

    /// Returns the id of the trace of `root`, or that of another process.
    pub(super) fn trace_of(&self, root: u64, remote: Option<&RemoteTrace>) -> u128 {
        remote.map_or_else(|| self.trace(root), |remote| remote.trace)
    }

    /// Returns the id of the span of the scope with the number `scope`.
    pub(super) fn span(&self, scope: u64) -> u64 {
        mix(scope ^ self.span).max(1)
    }
}

/// Maps different numbers to different numbers that look random: the last step of `SplitMix64`.
#[inline]
const fn mix(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}
