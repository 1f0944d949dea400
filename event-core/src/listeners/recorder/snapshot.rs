//! The events of a recorder at one moment, read one at a time.
//!
//! A snapshot shares the full chunks with the recorder. No lock is held while it is read.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::collections::binary_heap::{BinaryHeap, PeekMut};
use std::vec;

use super::buffer::concatenated;
use super::chunk::{Chunk, NO_END, ScopePosition, ScopeRecord, SeparateEnd};
use super::sort::sort_by_key;
use super::stored::StoredEvents;
use crate::event::Event;
use crate::event::status::EventStatus;
use crate::sync::Arc;
use crate::value::data::Data;

/// The maximum number of STARTs without END whose data is kept for a separate END. The data of
/// others is copied again.
const MAX_KEPT_DATA: usize = 1024;

/// The sort keys of an event: its time, and its order among events of that time.
type Key = (u64, u32);

/// The events of one buffer, in the order of their times.
#[derive(Debug)]
struct Snapshot {
    chunks: Vec<Arc<Chunk>>,
    starts: Starts,
    /// The ENDs that are still to come, of STARTs that were returned. The first is on top.
    open: BinaryHeap<Reverse<OpenScope>>,
    separate_ends: vec::IntoIter<SeparateEnd>,
    /// The data of returned STARTs that have no END in their record.
    data: HashMap<ScopePosition, Data<'static>>,
    /// The number of events that are still to come.
    len: usize,
}

/// The STARTs that are still to come, in the order of their times.
#[derive(Debug)]
enum Starts {
    /// In the order of the records, from this one on.
    Stored(ScopePosition),
    /// In another order. Threads that share a buffer may store STARTs in another order than that
    /// of their times.
    Sorted(vec::IntoIter<ScopePosition>),
}

/// A scope whose START was returned.
#[derive(Debug)]
struct OpenScope {
    end: Key,
    position: ScopePosition,
    data: Data<'static>,
}

impl OpenScope {
    const fn key(&self) -> (Key, ScopePosition) {
        (self.end, self.position)
    }
}

impl PartialEq for OpenScope {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for OpenScope {}

impl PartialOrd for OpenScope {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for OpenScope {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

/// The event that comes next.
enum Next {
    Start(ScopePosition),
    End,
    SeparateEnd,
}

fn scope(chunks: &[Arc<Chunk>], position: ScopePosition) -> Option<(&Chunk, &ScopeRecord)> {
    let chunk = chunks.get(position.chunk as usize)?;
    Some((chunk, chunk.scopes.get(position.index as usize)?))
}

const fn start_key(scope: &ScopeRecord) -> Key {
    (scope.start, scope.start_order)
}

fn separate_key(end: &SeparateEnd) -> Key {
    (end.event.nanos(), end.order)
}

impl Snapshot {
    fn new(stored: StoredEvents) -> Self {
        let StoredEvents {
            chunks,
            mut separate_ends,
            len,
        } = stored;
        let scopes = || chunks.iter().flat_map(|chunk| &chunk.scopes);
        let starts = if scopes().map(|scope| scope.start).is_sorted() {
            Starts::Stored(ScopePosition::new(0, 0))
        } else {
            let chunks_of_positions = chunks.iter().enumerate().map(|(number, chunk)| {
                let indexes = 0..chunk.scopes.len();
                indexes.map(move |index| ScopePosition::new(number, index))
            });
            let mut positions: Vec<_> = chunks_of_positions.flatten().collect();
            positions.sort_by_key(|position| {
                scope(&chunks, *position).map(|(_, scope)| start_key(scope))
            });
            Starts::Sorted(positions.into_iter())
        };
        sort_by_key(&mut separate_ends, |end| {
            (end.event.nanos(), end.order.into())
        });
        Self {
            chunks,
            starts,
            open: BinaryHeap::new(),
            separate_ends: separate_ends.into_iter(),
            data: HashMap::new(),
            len,
        }
    }

    /// Returns the position of the next START.
    fn next_start(&mut self) -> Option<ScopePosition> {
        match &mut self.starts {
            Starts::Sorted(positions) => positions.as_slice().first().copied(),
            Starts::Stored(position) => {
                let chunk = self.chunks.get(position.chunk as usize)?;
                if position.index as usize >= chunk.scopes.len() {
                    *position = ScopePosition {
                        chunk: position.chunk + 1,
                        index: 0,
                    };
                }
                scope(&self.chunks, *position).map(|_| *position)
            }
        }
    }

    /// Returns the sort keys of the next event, and which event it is.
    fn peek(&mut self) -> Option<(Key, Next)> {
        let start = self.next_start();
        let start = start.and_then(|position| {
            let (_, scope) = scope(&self.chunks, position)?;
            Some((start_key(scope), Next::Start(position)))
        });
        let end = self.open.peek().map(|Reverse(open)| (open.end, Next::End));
        let separate = self.separate_ends.as_slice().first();
        let separate = separate.map(|end| (separate_key(end), Next::SeparateEnd));
        let events = [start, end, separate].into_iter().flatten();
        events.min_by_key(|(key, _)| *key)
    }

    /// Returns the time of the next event.
    fn next_nanos(&mut self) -> Option<u64> {
        self.peek().map(|((nanos, _), _)| nanos)
    }

    const fn len(&self) -> usize {
        self.len
    }

    /// Returns the next event.
    fn next_event(&mut self) -> Option<Event<'static>> {
        let (_, next) = self.peek()?;
        self.len = self.len.saturating_sub(1);
        match next {
            Next::Start(position) => self.start(position),
            Next::End => {
                let Reverse(open) = self.open.pop()?;
                let (_, scope) = scope(&self.chunks, open.position)?;
                Some(scope.event(EventStatus::End, open.data))
            }
            Next::SeparateEnd => self.separate_end(),
        }
    }

    fn start(&mut self, position: ScopePosition) -> Option<Event<'static>> {
        match &mut self.starts {
            Starts::Stored(next) => next.index += 1,
            Starts::Sorted(positions) => drop(positions.next()),
        }
        let (chunk, scope) = scope(&self.chunks, position)?;
        let data = chunk.data(scope);
        if scope.end != NO_END {
            self.open.push(Reverse(OpenScope {
                end: (scope.end, scope.end_order),
                position,
                data: data.clone(),
            }));
        } else if self.data.len() < MAX_KEPT_DATA && !data.is_empty() {
            self.data.insert(position, data.clone());
        }
        Some(scope.event(EventStatus::Start, data))
    }

    fn separate_end(&mut self) -> Option<Event<'static>> {
        let end = self.separate_ends.next()?;
        let event = Event::clone(&end.event);
        let Some(position) = end.start else {
            return Some(event);
        };
        let kept = self.data.remove(&position);
        let start = kept.or_else(|| {
            let (chunk, scope) = scope(&self.chunks, position)?;
            Some(chunk.data(scope))
        });
        let data = concatenated(&start.unwrap_or_default(), end.event.data());
        Some(event.with_owned_data(data))
    }
}

/// The events of all buffers, in the order of their times.
#[derive(Debug)]
pub(super) struct MergedSnapshots {
    snapshots: Vec<Snapshot>,
    /// The time of the next event of each snapshot, and the snapshot's index. The first is on top:
    /// of equal times, that of the first snapshot, so that events of one thread keep their order.
    next: BinaryHeap<Reverse<(u64, usize)>>,
}

impl MergedSnapshots {
    pub(super) fn new(buffers: Vec<StoredEvents>) -> Self {
        let mut snapshots: Vec<_> = buffers.into_iter().map(Snapshot::new).collect();
        let times = snapshots.iter_mut().enumerate();
        let times = times.filter_map(|(index, it)| Some(Reverse((it.next_nanos()?, index))));
        Self {
            next: times.collect(),
            snapshots,
        }
    }
}

impl Iterator for MergedSnapshots {
    type Item = Event<'static>;

    fn next(&mut self) -> Option<Event<'static>> {
        let mut first = self.next.peek_mut()?;
        let Reverse((nanos, index)) = &mut *first;
        let snapshot = self.snapshots.get_mut(*index)?;
        let event = snapshot.next_event();
        match snapshot.next_nanos() {
            Some(next) => *nanos = next,
            None => drop(PeekMut::pop(first)),
        }
        event
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let len = self.snapshots.iter().map(Snapshot::len).sum();
        (len, Some(len))
    }
}
