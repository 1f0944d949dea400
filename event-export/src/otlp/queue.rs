//! The spans that wait for the exporter's thread, limited by their memory.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::chunk::Chunk;
use crate::sync::{AtomicU64, lock};

/// How many empty chunks are kept for new spans.
const MAX_SPARE: usize = 64;

#[derive(Debug)]
pub(super) struct Queue {
    chunks: Mutex<Chunks>,
    /// The memory of the full chunks, and of those that the exporter's thread has taken.
    bytes: AtomicUsize,
    max_bytes: usize,
    /// How many spans were dropped because the memory was full.
    dropped: AtomicU64,
}

#[derive(Debug, Default)]
struct Chunks {
    full: VecDeque<Chunk>,
    spare: Vec<Chunk>,
}

impl Queue {
    pub(super) fn new(max_bytes: usize) -> Self {
        Self {
            chunks: Mutex::default(),
            bytes: AtomicUsize::new(0),
            max_bytes,
            dropped: AtomicU64::new(0),
        }
    }

    /// Returns whether new spans are to be dropped.
    #[inline]
    pub(super) fn is_full(&self) -> bool {
        // Relaxed: the number is only compared with the limit.
        self.bytes.load(Ordering::Relaxed) >= self.max_bytes
    }

    /// Counts a span that was dropped because the memory was full.
    pub(super) fn drop_one(&self) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns how many spans were dropped because the memory was full.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Returns an empty chunk with memory for its spans.
    pub(super) fn spare_chunk(&self) -> Chunk {
        let spare = lock(&self.chunks).spare.pop();
        spare.unwrap_or_else(Chunk::with_memory)
    }

    /// Adds a chunk whose spans are to be exported.
    pub(super) fn push(&self, chunk: Chunk) {
        self.bytes.fetch_add(chunk.memory(), Ordering::Relaxed);
        lock(&self.chunks).full.push_back(chunk);
    }

    /// Returns the number of chunks that wait.
    pub(super) fn len(&self) -> usize {
        lock(&self.chunks).full.len()
    }

    /// Takes the oldest full chunk. Its memory counts until [`put_back`](Self::put_back).
    pub(super) fn take(&self) -> Option<Chunk> {
        lock(&self.chunks).full.pop_front()
    }

    /// Takes a chunk back after its spans were exported or dropped.
    pub(super) fn put_back(&self, mut chunk: Chunk) {
        self.bytes.fetch_sub(chunk.memory(), Ordering::Relaxed);
        if chunk.clear() {
            let mut chunks = lock(&self.chunks);
            if chunks.spare.len() < MAX_SPARE {
                chunks.spare.push(chunk);
            }
        }
    }
}
