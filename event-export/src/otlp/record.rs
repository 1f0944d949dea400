//! Spans between their END and their export, in chunks.

use std::sync::Arc;

use event_core::{Kind, Site};

use super::parts::Parts;
use crate::context::fields::PassedOn;

/// The place of a span in its trace.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) trace: u128,
    pub(super) span: u64,
    /// The id of the parent; zero if there is none.
    pub(super) parent: u64,
    /// The flags of W3C Trace Context.
    pub(super) flags: u8,
    pub(super) parent_is_remote: bool,
    /// Whether the parent is not a span of this process.
    pub(super) is_local_root: bool,
    pub(super) passed_on: Option<Arc<PassedOn>>,
}

/// A span, whose parts are in the chunk.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) place: Place,
    pub(super) kind: Kind,
    pub(super) site: Option<&'static Site>,
    /// The number of the thread of the START.
    pub(super) thread: u64,
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) is_failed: bool,
    /// Whether the scope had not ended when the exporter was finished.
    pub(super) is_unfinished: bool,
    /// How many messages were left out.
    pub(super) dropped_messages: u32,
    /// The number of bytes of its parts.
    pub(super) len: u32,
}

/// The properties of a span that is recorded. Threads reuse the memory.
#[derive(Debug, Default)]
pub(super) struct Recorded {
    /// The id of the parent; zero if there is none.
    pub(super) parent: u64,
    pub(super) parent_is_remote: bool,
    pub(super) is_local_root: bool,
    pub(super) kind: Option<Kind>,
    pub(super) site: Option<&'static Site>,
    /// The number of the thread of the START.
    pub(super) thread: u64,
    pub(super) start: u64,
    pub(super) parts: Parts,
    pub(super) messages: u32,
    /// How many messages were left out.
    pub(super) dropped_messages: u32,
}

/// The end of a span.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outcome {
    pub(super) end: u64,
    pub(super) is_failed: bool,
    /// Whether the scope had not ended when the exporter was finished.
    pub(super) is_unfinished: bool,
}

/// Spans and their parts.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    pub(super) records: Vec<Record>,
    /// The parts of all records, in order.
    pub(super) parts: Vec<u8>,
}

impl Chunk {
    /// How many spans a chunk has at most.
    const MAX_RECORDS: usize = 128;

    /// A chunk with more bytes of parts is full.
    const FULL: usize = 32 << 10;

    /// Appends a span with these ids of its trace and of itself, and these flags. Returns whether
    /// the chunk is full.
    #[inline]
    pub(super) fn push(
        &mut self,
        (trace, span, flags): (u128, u64, u8),
        passed_on: Option<Arc<PassedOn>>,
        recorded: &Recorded,
        outcome: Outcome,
    ) -> bool {
        let Some(kind) = recorded.kind else {
            return false; // every span that is recorded has a kind
        };
        if self.records.capacity() == 0 {
            self.records.reserve_exact(Self::MAX_RECORDS);
        }
        let parts = &recorded.parts.0;
        self.parts.extend_from_slice(parts);
        self.records.push(Record {
            place: Place {
                trace,
                span,
                parent: recorded.parent,
                flags,
                parent_is_remote: recorded.parent_is_remote,
                is_local_root: recorded.is_local_root,
                passed_on,
            },
            kind,
            site: recorded.site,
            thread: recorded.thread,
            start: recorded.start,
            end: outcome.end,
            is_failed: outcome.is_failed,
            is_unfinished: outcome.is_unfinished,
            dropped_messages: recorded.dropped_messages,
            len: u32::try_from(parts.len()).unwrap_or_default(), // it is limited
        });
        self.records.len() >= Self::MAX_RECORDS || self.parts.len() >= Self::FULL
    }

    /// Returns the memory that the chunk takes.
    pub(super) fn bytes(&self) -> usize {
        self.records.capacity() * size_of::<Record>() + self.parts.capacity()
    }

    /// Removes all spans, and keeps the memory of usual ones.
    pub(super) fn clear(&mut self) {
        self.records.clear();
        self.parts.clear();
        self.parts.shrink_to(2 * Self::FULL);
    }

    /// Returns each span with its parts.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Record, &[u8])> {
        let mut rest = &*self.parts;
        self.records.iter().map(move |record| {
            let (parts, after) = rest.split_at(record.len as usize);
            rest = after;
            (record, parts)
        })
    }
}
