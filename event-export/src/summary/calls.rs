//! The open calls, and the statistics of ended calls.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::time::Duration;

use event_core::{Event, EventId, EventStatus, ExcDetails, Site, ThreadId};

use super::row::{SummaryRow, SummarySort};
use super::table::SummaryTable;
use crate::host::alloc;
use crate::profile::call_tree::NodeId;
use crate::profile::clock;
use crate::profile::open_scopes::OpenScopes;
use crate::profile::row_index::RowId;
use crate::profile::rows::Rows;
use crate::profile::self_time::{self, ScopeStart, SelfTime, Timed};
use crate::profile::sharded_rows::ShardedRows;
use crate::profile::stats::{Call, Stats};
use crate::sync::AtomicU64;

/// The most rows, not counting `(others)`.
const MAX_ROWS: u32 = 4096;

#[derive(Debug)]
pub(super) struct Calls {
    rows: Rows,
    open: OpenScopes<OpenCall>,
    stats: ShardedRows<Stats>,
    /// How many calls were not counted because too many were open.
    lost: AtomicU64,
    /// When the run began, in nanoseconds.
    began: u64,
    /// Whether the program's allocator counts bytes.
    counts_bytes: bool,
}

#[derive(Debug)]
struct OpenCall {
    row: RowId,
    node: NodeId,
    is_outermost: bool,
    time: SelfTime,
    /// The thread of the START, and the bytes that it had allocated then.
    allocated: Option<(ThreadId, u64)>,
}

/// The open calls of one row.
#[derive(Debug, Default)]
struct OpenCalls {
    count: u64,
    stats: Stats,
}

impl Timed for OpenCall {
    fn time(&mut self) -> &mut SelfTime {
        &mut self.time
    }
}

impl Calls {
    pub(super) fn new() -> Self {
        Self {
            rows: Rows::new(MAX_ROWS),
            open: OpenScopes::default(),
            stats: ShardedRows::default(),
            lost: AtomicU64::new(0),
            began: clock::now(),
            counts_bytes: alloc::is_counted(),
        }
    }

    #[inline]
    pub(super) fn start(&self, event: &Event<'_>, has_names: bool) {
        let uncounted = alloc::uncounted();
        let lookup = self.rows.lookup(event, has_names);
        // Other tasks allocate while a future is suspended, so futures are not counted.
        let counts_bytes = self.counts_bytes && !event.site().is_some_and(Site::is_async);
        let allocated = counts_bytes.then(|| (event.thread(), uncounted.bytes_before()));
        let now = event.nanos();
        let scope = ScopeStart::new(event);
        let started = self.open.start(event.id(), scope.parent, |parent| {
            let caller = parent.as_ref().map_or(NodeId::ROOT, |parent| parent.node);
            let (row, position) = self.rows.enter(&lookup, caller);
            OpenCall {
                row,
                node: position.node,
                is_outermost: !position.is_nested,
                time: SelfTime::start(scope, now, parent.map(Timed::time)),
                allocated,
            }
        });
        if let Err(rejected) = started {
            self.lost.fetch_add(1, Ordering::Relaxed); // a counter
            if let Some(parent) = scope.parent {
                self.open.with(parent, |parent| {
                    rejected.time.uncover(&mut parent.time, now);
                });
            }
        }
    }

    pub(super) fn poll(&self, future: EventId, status: EventStatus) {
        self_time::poll(&self.open, future, status);
    }

    #[inline]
    pub(super) fn end(&self, event: &Event<'_>) {
        let uncounted = alloc::uncounted();
        let now = event.nanos();
        let (thread, failure) = (event.thread(), event.exc_details().map(ExcDetails::cause));
        let bytes = uncounted.bytes_before();
        // If its START was not received, or it was lost, the scope is not open.
        let _ = self.open.end(event.id(), event.parent(), |call, parent| {
            if let Some(parent) = parent {
                call.time.uncover(&mut parent.time, now);
            }
            let is_here = |(started_on, _): &(ThreadId, u64)| *started_on == thread;
            let allocated = call.allocated.filter(is_here);
            let ended = Call {
                is_outermost: call.is_outermost,
                times: call.time.end(now),
                failure,
                allocated: allocated.map(|(_, before)| bytes.saturating_sub(before)),
            };
            // The statistics are locked inside the open scopes, and never the other way round.
            self.stats
                .change(thread, call.row, |stats| stats.record(&ended));
        });
    }

    pub(super) fn table(&self, sort: SummarySort) -> SummaryTable {
        let _uncounted = alloc::uncounted();
        let now = clock::now();
        let rows = self.rows.identities().into_iter();
        let rows = rows.map(|(row, identity)| (row, identity, self.stats.total(row, Stats::add)));
        // Before the open calls, so that no call is counted as ended and as open.
        let rows: Vec<_> = rows.collect();
        let mut open_calls = self.open_calls(now);
        let rows = rows.into_iter().filter_map(|(row, identity, ended)| {
            let open = open_calls.remove(&row);
            let count = open.as_ref().map_or(0, |open| open.count);
            let stats = match (ended, open) {
                (ended, None) => ended?,
                (None, Some(open)) => open.stats,
                (Some(mut ended), Some(open)) => {
                    ended.add(&open.stats);
                    ended
                }
            };
            Some(SummaryRow::new(identity, &stats, count))
        });
        let lost = self.lost.load(Ordering::Relaxed);
        let run_time = Duration::from_nanos(now.saturating_sub(self.began));
        SummaryTable::new(rows.collect(), lost, run_time).sorted_by(sort)
    }

    /// Returns the open calls of each row, with their times until `now`.
    fn open_calls(&self, now: u64) -> HashMap<RowId, OpenCalls> {
        let mut calls = HashMap::<_, OpenCalls>::new();
        self.open.for_each(|call| {
            let of_row = calls.entry(call.row).or_default();
            of_row.count += 1;
            let times = call.time.end(now);
            of_row.stats.add_unended(&times, call.is_outermost);
        });
        calls
    }
}
