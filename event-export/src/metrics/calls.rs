//! The counts of all functions, and a copy of them for one output.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use event_core::{Event, Site};

use super::buckets::Buckets;
use super::counts::{Counts, EndedCall, outcome};
use super::exemplars::Exemplar;
use crate::context::source::SpanCounts;
use crate::context::{ended, source};
use crate::host::alloc::uncounted;
use crate::profile::call_tree::NodeId;
use crate::profile::clock;
use crate::profile::labels::GrowingLabels;
use crate::profile::row_index::{RowId, RowIdentity};
use crate::profile::rows::Rows;
use crate::profile::sharded_rows::ShardedRows;

/// The labels of the calls beyond the limit of functions.
const OTHERS: &str = "(others)";

#[derive(Debug)]
pub(super) struct Calls {
    rows: Rows,
    counts: ShardedRows<Counts>,
    labels: GrowingLabels,
    buckets: Arc<Buckets>,
    /// When counting began. The STARTs of calls that started before were not received.
    since: u64,
}

/// The functions and their counts at one time.
#[derive(Debug)]
pub(super) struct Snapshot {
    pub(super) functions: Vec<FunctionCounts>,
    pub(super) buckets: Arc<Buckets>,
    /// The fate of the spans for `OpenTelemetry`; none without an exporter of spans.
    pub(super) spans: Option<SpanCounts>,
}

#[derive(Debug)]
pub(super) struct FunctionCounts {
    pub(super) kind: &'static str,
    pub(super) function: Arc<str>,
    pub(super) counts: Counts,
}

impl Snapshot {
    pub(super) fn empty() -> Self {
        Self {
            functions: Vec::new(),
            buckets: Arc::new(Buckets::new([])),
            spans: None,
        }
    }

    /// Returns the counters of spans: their names, descriptions and values.
    pub(super) fn span_counters(&self) -> Vec<(&'static str, &'static str, u64)> {
        let Some(spans) = self.spans else {
            return Vec::new();
        };
        vec![
            (
                "event_otlp_exported_spans",
                "The number of spans that the collector has accepted",
                spans.exported,
            ),
            (
                "event_otlp_failed_spans",
                "The number of spans that the collector has not accepted",
                spans.failed,
            ),
            (
                "event_otlp_dropped_spans",
                "The number of spans that were dropped because too many were waiting",
                spans.dropped,
            ),
        ]
    }
}

impl FunctionCounts {
    pub(super) fn labels(&self) -> [(&'static str, &str); 2] {
        [("kind", self.kind), ("function", &*self.function)]
    }
}

impl Calls {
    pub(super) fn new(max_functions: u32, bounds: impl IntoIterator<Item = Duration>) -> Self {
        ended::want();
        Self {
            rows: Rows::new(max_functions),
            counts: ShardedRows::default(),
            labels: GrowingLabels::default(),
            buckets: Arc::new(Buckets::new(bounds)),
            since: clock::now(),
        }
    }

    #[inline]
    pub(super) fn start(&self, event: &Event<'_>) {
        let _uncounted = uncounted();
        let row = self.row(event);
        self.counts.change(event.thread(), row, Counts::start);
    }

    #[inline]
    pub(super) fn end(&self, event: &Event<'_>) {
        let _uncounted = uncounted();
        let Some(nanos) = event.duration_nanos() else {
            return; // its START was not received
        };
        // A START before `since` is known because another listener read its time.
        if event.nanos().saturating_sub(nanos) < self.since {
            return;
        }
        let row = self.row(event);
        let outcome = outcome(event);
        let bucket = self.buckets.of(nanos);
        let call = EndedCall {
            outcome,
            nanos,
            bucket,
        };
        if source::is_any() {
            self.count_with_exemplar(event, row, call);
        } else {
            self.counts
                .change(event.thread(), row, |counts| counts.end(call));
        }
    }

    /// Counts a call, and makes it an exemplar if its span is exported.
    #[cold]
    #[inline(never)]
    fn count_with_exemplar(&self, end: &Event<'_>, row: RowId, call: EndedCall) {
        let bucket = self.buckets.classic_of(call.bucket);
        let mut wants_exemplar = false;
        self.counts.change(end.thread(), row, |counts| {
            counts.end(call);
            wants_exemplar = counts.wants_exemplar(call.outcome, bucket, end.nanos());
        });
        if !wants_exemplar {
            return;
        }
        // No lock is held: the exporter of spans takes its own.
        if let Some(ids) = source::exported(end) {
            let exemplar = Exemplar::new(ids, call.nanos, end.nanos());
            self.counts.change(end.thread(), row, |counts| {
                counts.store_exemplar(call.outcome, bucket, &exemplar);
            });
        }
    }

    #[inline]
    fn row(&self, event: &Event<'_>) -> RowId {
        let lookup = self.rows.lookup(event, false);
        self.rows.enter(&lookup, NodeId::ROOT).0
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        let _uncounted = uncounted();
        let mut functions: Vec<FunctionCounts> = Vec::new();
        let mut by_labels = HashMap::new();
        for (row, identity) in self.rows.identities() {
            let Some(counts) = self.counts.total(row, Counts::add) else {
                continue;
            };
            let (kind, function) = self.labels(identity);
            // The places at which macros and open events start scopes of one kind have one name.
            let index = *by_labels
                .entry((kind, Arc::clone(&function)))
                .or_insert(functions.len());
            match functions.get_mut(index) {
                Some(known) => known.counts.add(&counts),
                None => functions.push(FunctionCounts {
                    kind,
                    function,
                    counts,
                }),
            }
        }
        Snapshot {
            functions,
            buckets: Arc::clone(&self.buckets),
            spans: source::counts(),
        }
    }

    /// Returns the kind and the function of a row. They never change, and no two functions have
    /// the same.
    fn labels(&self, identity: Option<RowIdentity>) -> (&'static str, Arc<str>) {
        let Some(RowIdentity {
            kind,
            function,
            site,
        }) = identity
        else {
            return (OTHERS, OTHERS.into());
        };
        let is_function = |site: &&Site| !site.module_path().is_empty();
        let longer = site
            .filter(is_function)
            .and_then(|site| self.labels.of(site));
        (kind.as_str(), longer.unwrap_or_else(|| function.into()))
    }
}
