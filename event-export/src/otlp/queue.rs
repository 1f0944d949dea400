//! The spans that wait for the exporter's thread, limited by their memory.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::record::Chunk;
use crate::sync::{AtomicU64, Sharded, lock};

const SHARDS: usize = 16;

/// How many empty chunks are kept for new spans.
const MAX_SPARE: usize = 64;

#[derive(Debug)]
pub(super) struct Queue {
    /// The chunks that are being filled, by the number of the thread.
    filling: Sharded<Filling, SHARDS>,
    chunks: Mutex<Chunks>,
    /// The memory of the full chunks, and of those that the exporter's thread has taken.
    bytes: AtomicUsize,
    max_bytes: usize,
    /// How many spans were dropped because the memory was full.
    dropped: AtomicU64,
}

#[derive(Debug, Default)]
struct Filling {
    chunk: Chunk,
    /// How many spans this shard has received.
    received: u64,
}

#[derive(Debug, Default)]
struct Chunks {
    full: VecDeque<Chunk>,
    spare: Vec<Chunk>,
}

/// The result of [`Queue::push`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pushed {
    Waits,
    /// A chunk is full: the exporter's thread has work.
    Full,
    Dropped,
}

impl Queue {
    pub(super) fn new(max_bytes: usize) -> Self {
        Self {
            filling: Sharded::default(),
            chunks: Mutex::default(),
            bytes: AtomicUsize::new(0),
            max_bytes,
            dropped: AtomicU64::new(0),
        }
    }

    /// Appends a span of the thread with this number. `push` appends it to a chunk, and returns
    /// whether the chunk is full.
    #[inline]
    pub(super) fn push(&self, thread: u64, push: impl FnOnce(&mut Chunk) -> bool) -> Pushed {
        // Relaxed: the number is only compared with the limit.
        if self.bytes.load(Ordering::Relaxed) >= self.max_bytes {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return Pushed::Dropped;
        }
        let mut filling = lock(self.filling.of(thread));
        filling.received += 1;
        if !push(&mut filling.chunk) {
            return Pushed::Waits;
        }
        self.add_full(&mut filling.chunk);
        Pushed::Full
    }

    /// Moves a chunk to the full ones. Its lock is held, so that the order of a thread's spans
    /// remains.
    #[cold]
    fn add_full(&self, chunk: &mut Chunk) {
        let mut chunks = lock(&self.chunks);
        let empty = chunks.spare.pop().unwrap_or_default();
        let chunk = std::mem::replace(chunk, empty);
        self.bytes.fetch_add(chunk.bytes(), Ordering::Relaxed);
        chunks.full.push_back(chunk);
    }

    /// Makes all spans available to [`take`](Self::take), also those of chunks that are not full.
    /// Returns the number of chunks. More may be added at any time.
    pub(super) fn complete(&self) -> usize {
        for filling in self.filling.iter() {
            let chunk = &mut lock(filling).chunk;
            if !chunk.records.is_empty() {
                self.add_full(chunk);
            }
        }
        lock(&self.chunks).full.len()
    }

    /// Takes the oldest full chunk. Its memory counts until [`put_back`](Self::put_back).
    pub(super) fn take(&self) -> Option<Chunk> {
        lock(&self.chunks).full.pop_front()
    }

    /// Takes a chunk back after its spans were exported or dropped.
    pub(super) fn put_back(&self, mut chunk: Chunk) {
        self.bytes.fetch_sub(chunk.bytes(), Ordering::Relaxed);
        chunk.clear();
        let mut chunks = lock(&self.chunks);
        if chunks.spare.len() < MAX_SPARE {
            chunks.spare.push(chunk);
        }
    }

    /// Counts a span that was dropped before it could be pushed.
    pub(super) fn drop_one(&self) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns how many spans were pushed and not dropped.
    pub(super) fn received(&self) -> u64 {
        self.filling
            .iter()
            .map(|filling| lock(filling).received)
            .sum()
    }

    /// Returns how many spans were dropped because the memory was full.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}
