//! What has been heard: the calls that are kept, and the figures of all.

use std::cmp::Reverse;
use std::sync::Arc;

use event_core::Event;

use super::call::{Ended, SoFar};
use super::retention::{Failed, Longest};
use super::rows::{Row, Rows};
use super::stacks::{Stack, Stacks};
use crate::profile::stats::Call;

/// All that is behind the report's lock.
#[derive(Debug)]
pub(super) struct Heard {
    rows: Rows,
    stacks: Stacks,
    longest: Longest,
    failed: Failed,
    /// How many calls are over.
    ended: u64,
    /// How many of them failed.
    failures: u64,
    /// How long the longest is of those that are not kept.
    longest_let_go: u64,
    limit: usize,
}

/// What a page shows.
#[derive(Debug)]
pub(super) struct Picture {
    pub(super) rows: Vec<Row>,
    pub(super) stacks: Vec<Stack>,
    pub(super) ended: Vec<Arc<Ended>>,
    pub(super) open: Vec<SoFar>,
    /// How many calls there were.
    pub(super) calls: u64,
    /// How many of them are not in `ended` or `open`.
    pub(super) undrawn: u64,
    pub(super) longest_undrawn: u64,
    /// How many calls failed.
    pub(super) failures: u64,
}

impl Heard {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            rows: Rows::default(),
            stacks: Stacks::default(),
            longest: Longest::new(limit),
            failed: Failed::default(),
            ended: 0,
            failures: 0,
            longest_let_go: 0,
            limit,
        }
    }

    pub(super) fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
        self.longest = Longest::new(limit);
    }

    /// The row of a call, its stack, and whether the same function is further below.
    pub(super) fn start(&mut self, event: &Event<'_>, below: Option<u32>) -> (u32, u32, bool) {
        let row = self.rows.row(event);
        let (stack, is_nested) = self.stacks.enter(below, row);
        (row, stack, is_nested)
    }

    /// Counts a call, and keeps it if it is long or failed.
    pub(super) fn end(&mut self, stack: u32, is_nested: bool, call: Ended) {
        self.ended += 1;
        self.stacks.add_call(stack, call.own);
        if let Some(row) = self.rows.get(call.began.row) {
            row.stats.record(&Call {
                is_outermost: !is_nested,
                total: call.total,
                own: call.own,
                failure: call.failure.as_ref().map(|failure| failure.cause),
                allocated: None,
            });
        }
        let total = call.total;
        let cause = call.failure.as_ref().map(|failure| failure.cause);
        let let_go = if let Some(cause) = cause {
            self.failures += 1;
            let older = self.failed.add(cause, Arc::new(call));
            older.and_then(|call| self.longest.offer(call))
        } else if self.longest.wants(total) {
            self.longest.offer(Arc::new(call))
        } else {
            Some(total)
        };
        self.longest_let_go = self.longest_let_go.max(let_go.unwrap_or(0));
    }

    /// How long a call must be to be kept for that.
    pub(super) fn shortest(&self) -> u64 {
        self.longest.shortest().unwrap_or(0)
    }

    /// What there is now, and these calls, which are not over.
    pub(super) fn picture(&self, mut open: Vec<SoFar>) -> Picture {
        let (mut rows, mut stacks) = (self.rows.to_vec(), self.stacks.to_vec());
        for scope in &open {
            let (SoFar { total, own, .. }, row) = (scope, scope.began.row);
            if let Some(row) = usize::try_from(row).ok().and_then(|row| rows.get_mut(row)) {
                row.stats.add_time(*total, *own, !scope.is_nested);
            }
            let stack = usize::try_from(scope.stack).ok();
            if let Some(stack) = stack.and_then(|stack| stacks.get_mut(stack)) {
                stack.own += own;
            }
        }
        let kept = self.longest.calls().chain(self.failed.calls());
        let ended: Vec<_> = kept.cloned().collect();
        let calls = self.ended + count(open.len());
        open.sort_by_key(|scope| Reverse(scope.total));
        let longest_open = open.get(self.limit).map_or(0, |scope| scope.total);
        open.truncate(self.limit);
        Picture {
            rows,
            stacks,
            undrawn: calls - count(ended.len() + open.len()),
            ended,
            open,
            calls,
            longest_undrawn: self.longest_let_go.max(longest_open),
            failures: self.failures,
        }
    }
}

fn count(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
