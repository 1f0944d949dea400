//! The memory limit of a buffer: which events are dropped, and which scopes outlive their chunk.
//!
//! Whole chunks are dropped, oldest first. A scope that is open, or that ended after the oldest
//! remaining START, is *carried*: it is kept without its chunk.

use std::collections::{HashMap, VecDeque};

use super::chunk::{CarriedScope, Chunk, ChunkLimits, NO_END, ScopeRecord, SeparateEnd};
use super::sort::sort_by_key;
use crate::sync::{Arc, Mutex};
use crate::thread::EventId;

/// The smallest limit: below it, a chunk would have too few records.
const MIN_LIMIT: usize = 64 << 10;

/// The limit is this many chunks, of which the oldest is dropped at a time.
const CHUNKS: usize = 8;

/// About how many bytes of memory a carried scope takes.
const CARRIED_BYTES: usize = 512;

/// How many ENDs are remembered whose START another buffer may have.
const MAX_ENDED: usize = 1 << 16;

/// The limit of one buffer.
#[derive(Debug)]
pub(super) struct Window {
    limit: usize,
    /// The memory of the full chunks.
    bytes: usize,
    pub(super) carried: HashMap<EventId, CarriedScope>,
    /// The number of events that were dropped.
    pub(super) dropped: usize,
    ended: Arc<EndedElsewhere>,
}

/// The scopes whose END is in another buffer than their START, or was not found there, and the
/// times of these ENDs. All buffers of a recorder share it.
#[derive(Debug, Default)]
pub(super) struct EndedElsewhere(Mutex<HashMap<EventId, u64>>);

/// The dropped parts of a buffer. Their `Drop` may run user code, so the lock must be released.
#[derive(Debug, Default)]
pub(super) struct Dropped {
    chunks: Vec<Arc<Chunk>>,
    carried: Vec<CarriedScope>,
    ends: Vec<SeparateEnd>,
}

impl EndedElsewhere {
    pub(super) fn insert(&self, id: EventId, nanos: u64) {
        let mut ended = self.0.lock();
        if ended.len() >= MAX_ENDED {
            // Most of these STARTs were never recorded, or were dropped long ago.
            let mut times: Vec<u64> = ended.values().copied().collect();
            let (_, median, _) = times.select_nth_unstable(MAX_ENDED / 2);
            let median = *median;
            ended.retain(|_, time| *time > median);
        }
        ended.insert(id, nanos);
    }

    pub(super) fn get(&self, id: EventId) -> Option<u64> {
        self.0.lock().get(&id).copied()
    }

    fn remove(&self, id: EventId) {
        self.0.lock().remove(&id);
    }

    pub(super) fn ids(&self) -> Vec<EventId> {
        self.0.lock().keys().copied().collect()
    }

    pub(super) fn clear(&self) {
        self.0.lock().clear();
    }
}

impl Window {
    pub(super) fn new(limit: usize, ended: Arc<EndedElsewhere>) -> Self {
        Self {
            limit: limit.max(MIN_LIMIT),
            bytes: 0,
            carried: HashMap::new(),
            dropped: 0,
            ended,
        }
    }

    /// Returns the window of an empty buffer.
    pub(super) fn emptied(&self) -> Self {
        Self::new(self.limit, Arc::clone(&self.ended))
    }

    pub(super) fn chunk_limits(&self) -> ChunkLimits {
        let default = ChunkLimits::default();
        let bytes = self.limit / CHUNKS;
        ChunkLimits {
            scopes: default.scopes.min(bytes / (2 * size_of::<ScopeRecord>())),
            bytes: default.bytes.min(bytes / 2),
            has_texts_only: true,
        }
    }

    /// Counts a chunk that is full.
    pub(super) fn add(&mut self, full: &Chunk) {
        self.bytes += full.memory();
    }

    /// Returns whether the oldest chunk is to be dropped. The current chunk needs room, too.
    pub(super) fn is_over(&self) -> bool {
        self.bytes > self.limit - self.limit / CHUNKS
    }

    /// Drops the chunk with this `number`. The oldest START that remains has the time `from`.
    pub(super) fn drop_chunk(
        &mut self,
        chunk: Arc<Chunk>,
        number: u32,
        from: u64,
        ends: &mut VecDeque<SeparateEnd>,
        dropped: &mut Dropped,
    ) {
        self.bytes -= chunk.memory().min(self.bytes);
        let own_ends = ends.iter().filter_map(|end| {
            let start = end.start.filter(|start| start.chunk == number)?;
            Some((start.index as usize, end.event.nanos()))
        });
        let own_ends: HashMap<usize, u64> = own_ends.collect();
        for (index, scope) in chunk.scopes.iter().enumerate() {
            let end = match scope.end {
                NO_END => own_ends
                    .get(&index)
                    .copied()
                    .or_else(|| self.ended.get(scope.id())),
                end => Some(end),
            };
            let is_kept = end.is_none_or(|end| end >= from);
            if is_kept && self.carried.len() < self.limit / CARRIED_BYTES {
                let carried = CarriedScope {
                    scope: scope.clone(),
                    data: chunk.data(scope),
                    end,
                };
                self.carried.insert(scope.id(), carried);
            } else {
                self.drop_scope(scope);
            }
        }
        dropped.chunks.push(chunk);
        self.drop_carried(from, dropped);
        // ENDs are stored in the order of their times, approximately.
        let is_old = |end: &SeparateEnd| {
            let has_start = end
                .start
                .is_some_and(|it| it.chunk > number && it.chunk != u32::MAX);
            end.event.nanos() < from && !has_start
        };
        while ends.front().is_some_and(is_old) {
            dropped.ends.extend(ends.pop_front());
            self.dropped += 1;
        }
    }

    /// Drops the carried scopes that ended before `from`.
    fn drop_carried(&mut self, from: u64, dropped: &mut Dropped) {
        for scope in self
            .carried
            .values_mut()
            .filter(|scope| scope.end.is_none())
        {
            scope.end = self.ended.get(scope.scope.id());
        }
        let is_old = |scope: &CarriedScope| scope.end.is_some_and(|end| end < from);
        let old = self.carried.values().filter(|scope| is_old(scope));
        let old: Vec<EventId> = old.map(|scope| scope.scope.id()).collect();
        for id in old {
            if let Some(scope) = self.carried.remove(&id) {
                self.drop_scope(&scope.scope);
                dropped.carried.push(scope);
            }
        }
    }

    /// Counts the events of a record that is dropped.
    fn drop_scope(&mut self, scope: &ScopeRecord) {
        self.dropped += 1 + usize::from(scope.end != NO_END);
        if scope.end == NO_END {
            self.ended.remove(scope.id());
        }
    }

    /// Returns the carried scopes in the order of their STARTs.
    pub(super) fn carried_by_time(&self) -> Vec<&CarriedScope> {
        let mut carried: Vec<_> = self.carried.values().collect();
        sort_by_key(&mut carried, |carried| {
            let scope = &carried.scope;
            (scope.start, scope.id().as_u64())
        });
        carried
    }
}
