//! The calls that are drawn individually: some failed calls, and the longest of all others.
//!
//! No call is in both groups.

use std::cmp::{Ordering, Reverse};
use std::collections::{BinaryHeap, VecDeque};
use std::sync::Arc;

use event_core::Cause;

use super::call::EndedCall;

/// The longest calls, up to a limit.
#[derive(Debug)]
pub(super) struct LongestCalls {
    limit: usize,
    /// The shortest call is on top.
    calls: BinaryHeap<Reverse<ByTotal>>,
}

#[derive(Debug)]
struct ByTotal(Arc<EndedCall>);

impl Ord for ByTotal {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.times.total.cmp(&other.0.times.total)
    }
}

impl PartialOrd for ByTotal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for ByTotal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for ByTotal {}

impl LongestCalls {
    pub(super) const fn new(limit: usize) -> Self {
        Self {
            limit,
            calls: BinaryHeap::new(),
        }
    }

    /// Returns whether a call that took `total` would be retained.
    pub(super) fn accepts(&self, total: u64) -> bool {
        self.shortest().is_none_or(|shortest| total > shortest)
    }

    /// Retains `call` if it is longer than the shortest one. If a call is dropped, returns its
    /// time.
    pub(super) fn offer(&mut self, call: Arc<EndedCall>) -> Option<u64> {
        if !self.accepts(call.times.total) {
            return Some(call.times.total);
        }
        let call = Reverse(ByTotal(call));
        if self.calls.len() < self.limit {
            self.calls.push(call);
            return None;
        }
        let mut shortest = self.calls.peek_mut()?;
        let dropped = std::mem::replace(&mut *shortest, call);
        Some(dropped.0.0.times.total)
    }

    /// Returns the time that a call must exceed to be retained; none while there is room.
    pub(super) fn shortest(&self) -> Option<u64> {
        let shortest = self
            .calls
            .peek()
            .map_or(u64::MAX, |call| call.0.0.times.total);
        (self.calls.len() >= self.limit).then_some(shortest)
    }

    pub(super) fn calls(&self) -> impl Iterator<Item = &Arc<EndedCall>> {
        self.calls.iter().map(|call| &call.0.0)
    }
}

/// How many failures of one cause are retained from the beginning, and as many from the end.
const MAX_FAILURES: usize = 500;

/// The first and the last calls that failed, for each cause. The first failures may have caused the
/// later ones, and the last ones show how the program ended.
#[derive(Debug, Default)]
pub(super) struct FailedCalls([FirstAndLast; 3]);

#[derive(Debug, Default)]
struct FirstAndLast {
    first: Vec<Arc<EndedCall>>,
    last: VecDeque<Arc<EndedCall>>,
}

impl FailedCalls {
    /// Retains `call`. Returns the call that is dropped in exchange, if any.
    pub(super) fn add(&mut self, cause: Cause, call: Arc<EndedCall>) -> Option<Arc<EndedCall>> {
        let calls = &mut self.0[match cause {
            Cause::Cancelled => 2,
            Cause::Error => 1,
            _ => 0,
        }];
        if calls.first.len() < MAX_FAILURES {
            calls.first.push(call);
            return None;
        }
        calls.last.push_back(call);
        if calls.last.len() > MAX_FAILURES {
            return calls.last.pop_front();
        }
        None
    }

    pub(super) fn calls(&self) -> impl Iterator<Item = &Arc<EndedCall>> {
        let causes = self.0.iter();
        causes.flat_map(|calls| calls.first.iter().chain(&calls.last))
    }
}
