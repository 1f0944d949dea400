//! Selects the traces that are exported, if only those that failed or were slow are kept.

use std::sync::Arc;
use std::time::Duration;

use super::record::OwnedSpan;
use super::state::State;
use super::tail::{Decision, Tail};
use crate::profile::clock;

/// The spans of the traces that wait for a decision, and of those that are kept.
pub(super) struct Selection {
    tail: Tail,
    kept: Vec<OwnedSpan>,
    /// How many spans are kept at most while a request waits for its repetition.
    max_kept: usize,
    state: Arc<State>,
}

impl Selection {
    pub(super) fn new(slow: Duration, state: &Arc<State>) -> Self {
        /// About the memory of a span.
        const SPAN_BYTES: usize = 512;
        let slow = u64::try_from(slow.as_nanos()).unwrap_or(u64::MAX);
        let max_bytes = state.config.max_bytes;
        Self {
            tail: Tail::new(slow, max_bytes / 2),
            kept: Vec::new(),
            max_kept: max_bytes / 4 / SPAN_BYTES,
            state: Arc::clone(state),
        }
    }

    /// Returns the spans to export.
    pub(super) fn take_kept(&mut self) -> Vec<OwnedSpan> {
        std::mem::take(&mut self.kept)
    }

    /// Decides about the traces that have ended by now.
    ///
    /// The other spans of a trace ended before its local root, but on other threads, so their
    /// chunks may come later. After one more look at all chunks these spans are known.
    pub(super) fn select(&mut self) {
        self.read_chunks();
        let ended = self.tail.take_ended();
        if !ended.is_empty() {
            self.read_chunks();
            self.decide(ended);
        }
    }

    /// Decides as [`select`](Self::select) does, unless too many spans wait to be exported.
    pub(super) fn select_in_pause(&mut self) {
        if self.kept.len() < self.max_kept {
            self.select();
        }
    }

    /// Decides about the traces whose root has not ended.
    pub(super) fn finish(&mut self) {
        let now = clock::now();
        let state = &self.state;
        let (kept, left_out) = self
            .tail
            .finish(|trace, is_notable| state.keeps(trace, is_notable, now));
        self.follow(Decision::Keep(kept));
        self.follow(Decision::LeaveOut(left_out));
    }

    /// Reads the chunks that are there now. Further ones belong to the next turn, so that a flush
    /// ends while spans arrive.
    fn read_chunks(&mut self) {
        for _ in 0..self.state.complete_all() {
            self.read_chunk();
            if self.tail.is_tight() {
                let ended = self.tail.take_ended();
                self.decide(ended);
            }
        }
    }

    fn read_chunk(&mut self) {
        let Some(chunk) = self.state.queue.take() else {
            return;
        };
        for span in chunk.ended() {
            let trace = span.record.trace(&self.state.keys);
            let state = &self.state;
            let keeps = |is_notable| state.keeps(trace, is_notable, clock::now());
            let decision = self.tail.add(trace, span, keeps);
            self.follow(decision);
        }
        self.state.queue.put_back(chunk);
    }

    fn decide(&mut self, traces: Vec<u128>) {
        for trace in traces {
            let state = &self.state;
            let keeps = |is_notable| state.keeps(trace, is_notable, clock::now());
            let decision = self.tail.end(trace, keeps);
            self.follow(decision);
        }
    }

    fn follow(&mut self, decision: Decision) {
        let control = &self.state.control;
        match decision {
            Decision::Waits { dropped: 0 } => {}
            Decision::Waits { dropped } => control.count(|counts| {
                counts.evicted += dropped;
                counts.why = Some("traces that had not ended took too much memory".to_owned());
            }),
            Decision::Keep(spans) => self.kept.extend(spans),
            Decision::LeaveOut(left_out) => control.count(|counts| counts.left_out += left_out),
        }
    }
}
