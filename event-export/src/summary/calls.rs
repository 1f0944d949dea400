//! Calls: those that are open, and what is added up of those that have ended.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use event_core::{Event, ExcDetails, Site, ThreadId};

use super::paths::{Paths, SetId};
use super::rows::{RowId, Rows};
use super::shards::AllStats;
use super::table::{SummaryRow, SummarySort, SummaryTable};
use crate::host::alloc;
use crate::profile::open_scopes::OpenScopes;
use crate::profile::self_time::SelfTime;
use crate::profile::stats::Call;

#[derive(Debug)]
pub(super) struct Calls {
    rows: Rows,
    open: OpenScopes<Open>,
    stats: AllStats,
    /// How many calls were too many to be remembered.
    lost: AtomicU64,
    /// Whether it is known what is allocated.
    has_bytes: bool,
}

/// What is remembered of a call until it ends.
#[derive(Debug)]
struct Open {
    row: RowId,
    set: SetId,
    is_outermost: bool,
    time: SelfTime,
    /// What had been allocated, and by whom.
    allocated: Option<(ThreadId, u64)>,
}

impl Calls {
    pub(super) fn new() -> Self {
        Self {
            rows: Rows::new(),
            open: OpenScopes::default(),
            stats: AllStats::new(),
            lost: AtomicU64::new(0),
            has_bytes: alloc::is_counted(),
        }
    }

    pub(super) fn start(&self, event: &Event<'_>, has_names: bool) {
        let uncounted = alloc::uncounted();
        let asked = self.rows.ask(event, has_names);
        // What other tasks allocate while one waits is not its own.
        let has_bytes = self.has_bytes && !event.site().is_some_and(Site::is_async);
        let allocated = has_bytes.then(|| (event.thread(), uncounted.bytes_before()));
        let now = event.nanos();
        let started = self.open.start(event.id(), event.parent(), |parent| {
            let around = match parent {
                None => Paths::OUTSIDE,
                Some(parent) => {
                    parent.time.child_starts(now);
                    parent.set
                }
            };
            let (row, step) = self.rows.place(&asked, around);
            Open {
                row,
                set: step.set,
                is_outermost: step.is_outermost,
                time: SelfTime::start(now),
                allocated,
            }
        });
        if started.is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed); // only counts
            if let Some(parent) = event.parent() {
                self.open.with(parent, |parent| parent.time.child_ends(now));
            }
        }
    }

    pub(super) fn end(&self, event: &Event<'_>) {
        let uncounted = alloc::uncounted();
        let now = event.nanos();
        let ended = self.open.end(event.id(), event.parent(), |call, parent| {
            if let Some(parent) = parent {
                parent.time.child_ends(now);
            }
            call
        });
        let Some(call) = ended else {
            return; // its START was before this was installed, or too many were open
        };
        let (total, own) = call.time.end(now);
        let allocated = call
            .allocated
            .filter(|(thread, _)| *thread == event.thread())
            .map(|(_, before)| uncounted.bytes_before().saturating_sub(before));
        let over = Call {
            is_outermost: call.is_outermost,
            total,
            own,
            failure: event.exc_details().map(ExcDetails::cause),
            allocated,
        };
        self.stats.record(event.thread(), call.row, &over);
    }

    pub(super) fn table(&self, sort: SummarySort) -> SummaryTable {
        let _uncounted = alloc::uncounted();
        let mut open = HashMap::new();
        self.open
            .each(|call| *open.entry(call.row).or_insert(0) += 1);
        let rows = self.rows.identities().into_iter();
        let rows = rows.filter_map(|(row, identity)| {
            let open = open.get(&row).copied().unwrap_or(0);
            let stats = self.stats.row(row);
            (open > 0 || stats.is_some()).then(|| SummaryRow::new(identity, stats.as_ref(), open))
        });
        let lost = self.lost.load(Ordering::Relaxed);
        SummaryTable::new(rows.collect(), lost).sorted_by(sort)
    }
}
