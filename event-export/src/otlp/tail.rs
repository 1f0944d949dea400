//! Traces that wait for the decision whether they are kept: a trace is kept if a span in it failed
//! or was slow.
//!
//! The decision is made at the first such span, or after the local root has ended. Spans that end
//! later follow it.

use std::collections::{HashMap, VecDeque};

use super::record::{OwnedSpan, SpanRef};

/// How many decisions are remembered, for spans that end after their root.
const MAX_DECIDED: usize = 1 << 16;

/// The traces without a decision, oldest first.
pub(super) struct Tail {
    slow_nanos: u64,
    max_bytes: usize,
    bytes: usize,
    waiting: HashMap<u128, Waiting>,
    /// The ids of traces in the order of their first spans. Some may have been decided.
    order: VecDeque<u128>,
    /// The traces whose local root has ended. Their other spans may be in a later chunk.
    ended: Vec<u128>,
    decided: HashMap<u128, bool>,
    decided_order: VecDeque<u128>,
}

#[derive(Default)]
struct Waiting {
    spans: Vec<OwnedSpan>,
    bytes: usize,
    is_kept: bool,
}

/// What happens to the spans of a trace.
pub(super) enum Decision {
    /// The span waits. If that made too many spans wait, the oldest trace was dropped, with this
    /// number of spans.
    Waits { dropped: u64 },
    /// The spans are exported.
    Keep(Vec<OwnedSpan>),
    /// This number of spans is left out.
    LeaveOut(u64),
}

impl Tail {
    pub(super) fn new(slow_nanos: u64, max_bytes: usize) -> Self {
        Self {
            slow_nanos,
            max_bytes,
            bytes: 0,
            waiting: HashMap::new(),
            order: VecDeque::new(),
            ended: Vec::new(),
            decided: HashMap::new(),
            decided_order: VecDeque::new(),
        }
    }

    /// Adds a span of `trace`. `select` is called once for each trace, with whether a span of it
    /// failed or was slow, and returns whether the trace is kept.
    pub(super) fn add(
        &mut self,
        trace: u128,
        span: SpanRef<'_>,
        select: impl FnOnce(bool) -> bool,
    ) -> Decision {
        let record = span.record;
        if let Some(is_kept) = self.decided.get(&trace) {
            return if *is_kept {
                Decision::Keep(vec![span.to_owned()])
            } else {
                Decision::LeaveOut(1)
            };
        }
        let waiting = self.waiting.entry(trace).or_insert_with(|| {
            self.order.push_back(trace);
            Waiting::default()
        });
        let duration = record.end.saturating_sub(record.start);
        waiting.is_kept |= record.is_failed || duration >= self.slow_nanos;
        let bytes = size_of::<OwnedSpan>() + size_of_val(span.fields) + span.bytes.len();
        waiting.spans.push(span.to_owned());
        waiting.bytes += bytes;
        self.bytes += bytes;
        if !waiting.is_kept {
            if record.is_local_root() {
                self.ended.push(trace);
            }
            return Decision::Waits {
                dropped: self.drop_oldest(),
            };
        }
        self.end(trace, select)
    }

    /// Takes the traces whose local root has ended.
    pub(super) fn take_ended(&mut self) -> Vec<u128> {
        std::mem::take(&mut self.ended)
    }

    /// Returns whether the traces that have ended should be decided now, because there is little
    /// memory.
    pub(super) const fn is_tight(&self) -> bool {
        self.bytes > self.max_bytes / 2
    }

    /// Decides about a trace, unless that was done. `select` is as in [`add`](Self::add).
    pub(super) fn end(&mut self, trace: u128, select: impl FnOnce(bool) -> bool) -> Decision {
        let Some(waiting) = self.remove(trace) else {
            return Decision::LeaveOut(0);
        };
        let is_kept = select(waiting.is_kept);
        self.decide(trace, is_kept);
        if is_kept {
            Decision::Keep(waiting.spans)
        } else {
            Decision::LeaveOut(waiting.spans.len() as u64)
        }
    }

    /// Drops the oldest traces while the spans take too much memory. Returns the number of spans.
    fn drop_oldest(&mut self) -> u64 {
        let mut dropped = 0;
        while self.bytes > self.max_bytes {
            let Some(oldest) = self.order.front().copied() else {
                break;
            };
            if let Some(waiting) = self.remove(oldest) {
                dropped += waiting.spans.len() as u64;
                self.decide(oldest, false);
            }
        }
        dropped
    }

    fn remove(&mut self, trace: u128) -> Option<Waiting> {
        let waiting = self.waiting.remove(&trace);
        self.bytes -= waiting.as_ref().map_or(0, |waiting| waiting.bytes);
        // Traces are decided in any order, so decided ones stay in the list for a while.
        while self
            .order
            .front()
            .is_some_and(|it| !self.waiting.contains_key(it))
        {
            self.order.pop_front();
        }
        if self.order.len() > 2 * self.waiting.len() + 64 {
            self.order.retain(|it| self.waiting.contains_key(it));
        }
        waiting
    }

    fn decide(&mut self, trace: u128, is_kept: bool) {
        if self.decided_order.len() >= MAX_DECIDED {
            let oldest = self.decided_order.pop_front();
            oldest.map(|oldest| self.decided.remove(&oldest));
        }
        self.decided.insert(trace, is_kept);
        self.decided_order.push_back(trace);
    }

    /// Takes all traces whose root has not ended. Returns the spans that are kept, and how many
    /// others there were.
    pub(super) fn finish(
        &mut self,
        mut select: impl FnMut(u128, bool) -> bool,
    ) -> (Vec<OwnedSpan>, u64) {
        let mut kept = Vec::new();
        let mut left_out = 0;
        for (trace, waiting) in self.waiting.drain() {
            if select(trace, waiting.is_kept) {
                kept.extend(waiting.spans);
            } else {
                left_out += waiting.spans.len() as u64;
            }
        }
        self.order.clear();
        self.ended.clear();
        self.bytes = 0;
        (kept, left_out)
    }
}
