//! The calls that are drawn one by one: some of those that failed, and of all others the longest, up to a limit. None is
//! in both.

use std::cmp::{Ordering, Reverse};
use std::collections::{BinaryHeap, VecDeque};
use std::sync::Arc;

use event_core::Cause;

use super::call::Ended;

/// The longest calls.
#[derive(Debug)]
pub(super) struct Longest {
    limit: usize,
    /// The shortest on top.
    calls: BinaryHeap<Reverse<ByTotal>>,
}

#[derive(Debug)]
struct ByTotal(Arc<Ended>);

impl Ord for ByTotal {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total.cmp(&other.0.total)
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

impl Longest {
    pub(super) const fn new(limit: usize) -> Self {
        Self {
            limit,
            calls: BinaryHeap::new(),
        }
    }

    /// Says whether a call of this length would be kept.
    pub(super) fn wants(&self, total: u64) -> bool {
        self.shortest().is_none_or(|shortest| total > shortest)
    }

    /// Keeps `call`, if it is longer than the shortest that is kept; returns how long the one is that is let go.
    pub(super) fn offer(&mut self, call: Arc<Ended>) -> Option<u64> {
        if !self.wants(call.total) {
            return Some(call.total);
        }
        let call = Reverse(ByTotal(call));
        if self.calls.len() < self.limit {
            self.calls.push(call);
            return None;
        }
        let mut shortest = self.calls.peek_mut()?;
        let short = std::mem::replace(&mut *shortest, call);
        Some(short.0.0.total)
    }

    /// The time that a call must exceed to be kept.
    pub(super) fn shortest(&self) -> Option<u64> {
        let shortest = self.calls.peek().map_or(u64::MAX, |call| call.0.0.total);
        (self.calls.len() >= self.limit).then_some(shortest)
    }

    pub(super) fn calls(&self) -> impl Iterator<Item = &Arc<Ended>> {
        self.calls.iter().map(|call| &call.0.0)
    }
}

/// How many failures of a cause are kept from the beginning, and as many from the end.
const MOST: usize = 500;

/// The calls that failed: of each cause the first ones, which may say why, and the last, which may say how it
/// ended.
#[derive(Debug, Default)]
pub(super) struct Failed([Both; 3]);

#[derive(Debug, Default)]
struct Both {
    first: Vec<Arc<Ended>>,
    last: VecDeque<Arc<Ended>>,
}

impl Failed {
    /// Keeps `call`, and returns the one that gives way.
    pub(super) fn add(&mut self, cause: Cause, call: Arc<Ended>) -> Option<Arc<Ended>> {
        let both = &mut self.0[match cause {
            Cause::Cancelled => 2,
            Cause::Error => 1,
            _ => 0,
        }];
        if both.first.len() < MOST {
            both.first.push(call);
            return None;
        }
        both.last.push_back(call);
        if both.last.len() > MOST {
            return both.last.pop_front();
        }
        None
    }

    pub(super) fn calls(&self) -> impl Iterator<Item = &Arc<Ended>> {
        let each = self.0.iter();
        each.flat_map(|both| both.first.iter().chain(&both.last))
    }
}
