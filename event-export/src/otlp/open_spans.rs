//! The spans of open scopes, and the chunks that are being filled.
//!
//! A span is written into a chunk at its START. Its END only adds the time. Both are in the shard
//! of the scope's id, so a call takes one lock, which other threads rarely use. No user code runs
//! under it.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::mem;
use std::sync::Arc;

use event_core::EventId;

use super::chunk::Chunk;
use super::record::{OwnedSpan, Record, RemoteTrace};
use crate::context::nearest::Nearest;
use crate::profile::open_scopes::{IdHasher, shard_number};
use crate::sync::{Lock, Sharded};

const SHARDS: usize = 64;

/// Scopes that never end stay in their shard. Beyond this number, new ones are rejected.
const MAX_OPEN: usize = 1 << 16;

#[derive(Debug, Default)]
pub(super) struct OpenSpans(Box<Sharded<Shard, SHARDS>>);

impl OpenSpans {
    #[inline]
    pub(super) fn shard(&self, scope: EventId) -> &Lock<Shard> {
        self.0.of(shard_number(scope))
    }

    pub(super) fn shards(&self) -> impl Iterator<Item = &Lock<Shard>> {
        self.0.iter()
    }
}

/// The open scopes of a shard.
#[derive(Debug, Default)]
pub(super) struct Shard {
    /// The latest spans. Some of them are open.
    pub(super) chunk: Chunk,
    /// The open scopes that are not in the chunk.
    others: HashMap<u64, OtherScope, BuildHasherDefault<IdHasher>>,
    /// How many spans have ended in this shard.
    pub(super) ended: u64,
}

/// An open scope that has no span in the chunk.
#[derive(Debug)]
pub(super) struct OtherScope {
    /// The number of the scope that has started the trace in this process.
    pub(super) root: u64,
    /// The trace, if another process has started it.
    pub(super) remote: Option<Arc<RemoteTrace>>,
    /// The innermost scope of the thread before this one.
    pub(super) before: Nearest,
    pub(super) span: OtherSpan,
}

/// The span of an [`OtherScope`].
#[derive(Debug)]
pub(super) enum OtherSpan {
    /// The trace is not exported.
    NotSampled,
    /// The trace is exported, but this span is not, because too many spans wait.
    Dropped,
    /// The chunk with the span was full before its END, or a message was added to it.
    Owned(Box<OwnedSpan>),
}

/// An open scope.
pub(super) enum Open<'s> {
    InChunk(&'s mut Record),
    Other(&'s mut OtherScope),
}

impl Open<'_> {
    pub(super) fn is_sampled(&self) -> bool {
        match self {
            Self::InChunk(_) => true,
            Self::Other(scope) => !matches!(scope.span, OtherSpan::NotSampled),
        }
    }

    /// Returns the record of the span, if that is exported.
    pub(super) fn record(&mut self) -> Option<&mut Record> {
        match self {
            Self::InChunk(record) => Some(record),
            Self::Other(OtherScope {
                span: OtherSpan::Owned(span),
                ..
            }) => Some(&mut span.record),
            Self::Other(_) => None,
        }
    }

    /// Returns the number of the scope that has started the trace here, and the trace if another
    /// process has started it.
    pub(super) fn trace(&self) -> (u64, Option<&Arc<RemoteTrace>>) {
        match self {
            Self::InChunk(Record { root, remote, .. })
            | Self::Other(OtherScope { root, remote, .. }) => (*root, remote.as_ref()),
        }
    }
}

impl Shard {
    /// Adds an open scope that is not in the chunk; returns `false` if there are too many.
    pub(super) fn add(&mut self, scope: EventId, other: OtherScope) -> bool {
        let has_room = self.others.len() < MAX_OPEN;
        if has_room {
            self.others.insert(scope.as_u64(), other);
        }
        has_room
    }

    pub(super) fn get_mut(&mut self, scope: EventId) -> Option<Open<'_>> {
        match self.others.get_mut(&scope.as_u64()) {
            Some(other) => Some(Open::Other(other)),
            None => self.chunk.open_mut(scope).map(Open::InChunk),
        }
    }

    /// Ends the span of `scope` with the changes that `end` makes. Returns the innermost scope of
    /// the thread before it, or `None` if the scope is not open.
    #[inline]
    pub(super) fn end(&mut self, scope: EventId, end: impl FnOnce(&mut Record)) -> Option<Nearest> {
        let Some(last) = self.chunk.last_open_mut(scope) else {
            return self.end_other(scope, end);
        };
        end(last);
        let before = last.before;
        self.chunk.close_last();
        self.ended += 1;
        Some(before)
    }

    #[inline(never)]
    fn end_other(&mut self, scope: EventId, end: impl FnOnce(&mut Record)) -> Option<Nearest> {
        if let Some(record) = self.chunk.close(scope) {
            end(record);
            self.ended += 1;
            return Some(record.before);
        }
        let other = self.others.remove(&scope.as_u64())?;
        if let OtherSpan::Owned(mut span) = other.span {
            end(&mut span.record);
            self.chunk.push_owned(*span);
            self.ended += 1;
        }
        Some(other.before)
    }

    /// Appends parts to the span of `scope`.
    pub(super) fn extend(&mut self, scope: EventId, parts: &[u8]) {
        if self.chunk.extend(scope, parts) {
            return;
        }
        if let Some(span) = self.chunk.take(scope) {
            self.add_owned(span);
        }
        let other = self.others.get_mut(&scope.as_u64());
        if let Some(OtherSpan::Owned(span)) = other.map(|other| &mut other.span) {
            span.record.add_bytes(parts.len());
            span.bytes.extend_from_slice(parts);
        }
    }

    /// Keeps an open span outside the chunk.
    fn add_owned(&mut self, span: OwnedSpan) {
        let record = &span.record;
        let other = OtherScope {
            root: record.root,
            remote: record.remote.clone(),
            before: record.before,
            span: OtherSpan::Dropped,
        };
        let id = record.id;
        let span = OtherSpan::Owned(Box::new(span));
        self.others.insert(id, OtherScope { span, ..other });
    }

    /// Appends a message to the span of an open scope, unless it has too many.
    pub(super) fn add_message(&mut self, scope: EventId, parts: &[u8]) {
        let mut open = self.get_mut(scope);
        let record = open.as_mut().and_then(Open::record);
        if record.is_some_and(|record| record.admit_message(parts.len())) {
            self.extend(scope, parts);
        }
    }

    /// Replaces the chunk by the empty chunk `next`, and returns it. Keeps the open spans.
    pub(super) fn replace_chunk(&mut self, next: Chunk) -> Chunk {
        for span in self.chunk.take_open() {
            self.add_owned(span);
        }
        mem::replace(&mut self.chunk, next)
    }

    /// Ends all open spans with the changes that `end` makes.
    pub(super) fn end_all(&mut self, mut end: impl FnMut(&mut Record)) {
        for span in self.chunk.take_open() {
            self.add_owned(span);
        }
        for (_, other) in mem::take(&mut self.others) {
            if let OtherSpan::Owned(mut span) = other.span {
                end(&mut span.record);
                self.chunk.push_owned(*span);
                self.ended += 1;
            }
        }
    }
}
