//! The calls that a report has received: statistics of all calls, and some calls individually.
//!
//! The collector is behind the report's lock, so it contains only numbers and formatted text.

use std::cmp::Reverse;
use std::sync::Arc;

use event_core::Event;

use super::busy_threads::BusyThread;
use super::call::{EndedCall, GroupId, UnfinishedCall};
use super::failure_groups::{FailureGroup, FailureGroups};
use super::marks::{Marks, ReportMark};
use super::retention::{FailedCalls, LongestCalls};
use super::rows::{Row, Rows};
use super::stacks::{self, Stack, Stacks};
use crate::profile::call_tree::{NodeId, Position};
use crate::profile::row_index::RowId;
use crate::profile::stats::Call;

#[derive(Debug)]
pub(super) struct Collector {
    rows: Rows,
    stacks: Stacks,
    longest: LongestCalls,
    failed: FailedCalls,
    groups: FailureGroups,
    marks: Marks,
    /// The time of the last event.
    last_event: u64,
    /// How many calls have ended.
    ended: u64,
    /// The longest time of a call that is not retained.
    longest_dropped: u64,
    limit: usize,
}

/// The contents of a page.
#[derive(Debug)]
pub(super) struct Snapshot {
    pub(super) rows: Vec<Row>,
    pub(super) stacks: Vec<Stack>,
    pub(super) ended: Vec<Arc<EndedCall>>,
    pub(super) unfinished: Vec<UnfinishedCall>,
    /// The busiest first.
    pub(super) busy_threads: Vec<BusyThread>,
    /// How many calls there were.
    pub(super) calls: u64,
    /// How many calls are neither in `ended` nor in `unfinished`.
    pub(super) undrawn: u64,
    pub(super) longest_undrawn: u64,
    pub(super) groups: Vec<FailureGroup>,
    pub(super) marks: Vec<Arc<ReportMark>>,
    /// How many messages are not in `marks`.
    pub(super) dropped_marks: u64,
    /// When the last event was received, or the file is written if calls are open or there was no
    /// event.
    pub(super) run_end: u64,
}

impl Collector {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            rows: Rows::default(),
            stacks: Stacks::default(),
            longest: LongestCalls::new(limit),
            failed: FailedCalls::default(),
            groups: FailureGroups::default(),
            marks: Marks::default(),
            last_event: 0,
            ended: 0,
            longest_dropped: 0,
            limit,
        }
    }

    pub(super) fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
        self.longest = LongestCalls::new(limit);
    }

    /// Adds a message.
    pub(super) fn mark(&mut self, mark: ReportMark) {
        self.last_event = self.last_event.max(mark.nanos);
        self.marks.add(mark);
    }

    /// Returns the row of a call by `caller`, and the position of the call.
    pub(super) fn start(
        &mut self,
        event: &Event<'_>,
        now: u64,
        caller: NodeId,
    ) -> (RowId, Position) {
        self.last_event = self.last_event.max(now);
        let row = self.rows.row(event);
        (row, self.stacks.enter(caller, row))
    }

    /// Counts a call, and retains it if it is long or failed. `inner_failure` is the group of the
    /// last child that failed. Returns the group if the call failed.
    pub(super) fn end(
        &mut self,
        position: Position,
        mut call: EndedCall,
        inner_failure: Option<GroupId>,
    ) -> Option<GroupId> {
        self.ended += 1;
        let end = call.start.nanos + call.times.total;
        self.last_event = self.last_event.max(end);
        self.stacks.add_call(position.node, call.times.own);
        let cause = call.cause();
        if let Some(stats) = self.rows.stats(call.start.row) {
            stats.record(&Call {
                is_outermost: !position.is_nested,
                times: call.times,
                failure: cause,
                allocated: None,
            });
        }
        let row = call.start.row;
        let group = call.failure.as_mut().map(|failure| {
            let group = self.groups.add(row, failure, end, inner_failure);
            failure.group = Some(group);
            group
        });
        let total = call.times.total;
        let dropped = if let Some(cause) = cause {
            let older = self.failed.add(cause, Arc::new(call));
            older.and_then(|call| self.longest.offer(call))
        } else if self.longest.accepts(total) {
            self.longest.offer(Arc::new(call))
        } else {
            Some(total)
        };
        self.longest_dropped = self.longest_dropped.max(dropped.unwrap_or(0));
        group
    }

    /// Returns the duration that a call must exceed to be retained as one of the longest.
    pub(super) fn shortest(&self) -> u64 {
        self.longest.shortest().unwrap_or(0)
    }

    /// Returns the contents of a page, including the `unfinished` calls with their times until
    /// `now`.
    pub(super) fn snapshot(
        &self,
        mut unfinished: Vec<UnfinishedCall>,
        busy_threads: Vec<BusyThread>,
        now: u64,
    ) -> Snapshot {
        let is_idle = unfinished.is_empty() && self.ended > 0;
        let open_until = if is_idle { 0 } else { now };
        let mut rows = self.rows.to_vec();
        let mut stacks = self.stacks.to_vec();
        for call in &unfinished {
            if let Some(row) = rows.get_mut(call.start.row.index()) {
                let is_outermost = !call.position.is_nested;
                row.stats.add_unended(&call.times, is_outermost);
            }
            let stack = stacks::position(call.position.node);
            if let Some(stack) = stack.and_then(|stack| stacks.get_mut(stack)) {
                stack.own += call.times.own;
            }
        }
        let retained = self.longest.calls().chain(self.failed.calls());
        let ended: Vec<_> = retained.cloned().collect();
        let calls = self.ended + count(unfinished.len());
        unfinished.sort_by_key(|call| Reverse(call.times.total));
        let longest_unfinished = unfinished
            .get(self.limit)
            .map_or(0, |call| call.times.total);
        unfinished.truncate(self.limit);
        Snapshot {
            rows,
            stacks,
            undrawn: calls - count(ended.len() + unfinished.len()),
            ended,
            unfinished,
            busy_threads,
            calls,
            longest_undrawn: self.longest_dropped.max(longest_unfinished),
            groups: self.groups.to_vec(),
            marks: self.marks.to_vec(),
            dropped_marks: self.marks.dropped(),
            run_end: self.last_event.max(open_until),
        }
    }
}

fn count(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
