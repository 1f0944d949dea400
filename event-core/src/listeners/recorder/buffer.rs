//! Unbounded storage: the events of one group of threads.
//!
//! A START and its END are one record, and the values of all records share one arena. An END with a
//! returned value or a failure is stored separately. The caller holds the lock, so nothing here may
//! run user code.

use std::collections::HashSet;
use std::mem;

use super::record::Record;
use crate::event::{Event, EventStatus};
use crate::sync::Arc;
use crate::thread::EventId;
use crate::value::Field;
use crate::value::arena::Arena;
use crate::value::captured::Captured;
use crate::value::data::Data;

/// The `end` of a record whose END is missing or is stored separately.
const NO_END: u64 = 0;

/// The events of the threads that share a shard, in the order in which they were received.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    scopes: Vec<ScopeRecord>,
    /// The values of the STARTs in `scopes`.
    arena: Arena,
    /// The data of STARTs that the arena cannot store.
    fields: Vec<Arc<[Field<'static>]>>,
    /// The ENDs that are not in the record of their START.
    separate_ends: Vec<SeparateEnd>,
    /// The data of STARTs that were cleared before their ENDs.
    cleared: Vec<(EventId, Data<'static>)>,
    /// The number of events.
    len: usize,
}

/// A START, and its END if the END adds only its time.
#[derive(Debug)]
struct ScopeRecord {
    record: Record,
    start: u64,
    end: u64,
    data: DataPosition,
    start_order: u32,
    end_order: u32,
}

/// The position of a START's data.
#[derive(Clone, Copy, Debug)]
enum DataPosition {
    /// `count` values in the arena, from index `first` on: the values of the site's keys.
    Arena { count: u32, first: usize },
    /// The index in `fields`.
    Fields { index: usize },
}

/// An END that is not in the record of its START.
#[derive(Debug)]
struct SeparateEnd {
    order: u32,
    /// The index of the record of its START, whose data precedes the data of `event`. `None` if
    /// `event` has all of its data.
    start: Option<usize>,
    event: Box<Event<'static>>,
}

/// The sort keys of an event, and the event. The keys are its time, and its order among events of
/// that time.
type OrderedEvent = (u64, u32, Event<'static>);

impl Buffer {
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// Stores a START with the `values` that its site captured. Each must be
    /// [plain](crate::value::Value::is_plain).
    #[inline]
    pub(super) fn push_start(&mut self, event: &Event<'_>, nanos: u64, values: &[Captured<'_>]) {
        let first = self.arena.push(values);
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a function has fewer arguments"
        )]
        let count = values.len() as u32;
        self.push_record(event, nanos, DataPosition::Arena { count, first });
    }

    /// Stores a START with any data.
    pub(super) fn push_owned_start(
        &mut self,
        event: &Event<'_>,
        nanos: u64,
        data: Arc<[Field<'static>]>,
    ) {
        let index = self.fields.len();
        self.fields.push(data);
        self.push_record(event, nanos, DataPosition::Fields { index });
    }

    #[inline]
    fn push_record(&mut self, event: &Event<'_>, nanos: u64, data: DataPosition) {
        let start_order = wrapped_order(self.len);
        self.len += 1;
        self.scopes.push(ScopeRecord {
            record: Record::of(event),
            start: nanos,
            end: NO_END,
            data,
            start_order,
            end_order: 0,
        });
    }

    /// Stores the time of an END in the record of its START. Returns whether there is such a
    /// record.
    #[inline]
    pub(super) fn push_end(&mut self, event: &Event<'_>, nanos: u64) -> bool {
        let order = self.len;
        let is_stored = match self.scopes.last_mut() {
            Some(last) if last.is_open(event) => {
                last.close(nanos, order);
                true
            }
            _ => self.push_outer_end(event, nanos),
        };
        self.len += usize::from(is_stored);
        is_stored
    }

    #[inline(never)]
    fn push_outer_end(&mut self, event: &Event<'_>, nanos: u64) -> bool {
        let Some(index) = self.find(event.id(), |scope| scope.is_open(event)) else {
            return false;
        };
        self.scopes[index].close(nanos, self.len);
        true
    }

    /// Returns whether the START of `id` is stored.
    pub(super) fn has_start(&self, id: EventId) -> bool {
        self.find(id, |_| true).is_some()
    }

    /// Stores an END whose data is the data of its START, followed by its own.
    ///
    /// # Errors
    ///
    /// Returns the END if its START is not stored.
    pub(super) fn push_end_of_start(
        &mut self,
        end: Box<Event<'static>>,
    ) -> Result<(), Box<Event<'static>>> {
        match self.find(end.id(), |_| true) {
            None => Err(end),
            start => {
                self.push(start, end);
                Ok(())
            }
        }
    }

    /// Stores an END that has all of its data.
    pub(super) fn push_complete_end(&mut self, end: Box<Event<'static>>) {
        self.push(None, end);
    }

    fn push(&mut self, start: Option<usize>, event: Box<Event<'static>>) {
        let order = wrapped_order(self.len);
        self.len += 1;
        self.separate_ends.push(SeparateEnd {
            order,
            start,
            event,
        });
    }

    /// Takes the events out, except for the data of STARTs whose ENDs are still to come.
    pub(super) fn clear(&mut self) -> Self {
        let has_end: HashSet<usize> = self
            .separate_ends
            .iter()
            .filter_map(|end| end.start)
            .collect();
        let open = self
            .scopes
            .iter()
            .enumerate()
            .filter(|(index, scope)| scope.end == NO_END && !has_end.contains(index));
        let mut cleared: Vec<_> = open
            .map(|(_, scope)| (scope.record.id(), self.data(scope)))
            .filter(|(_, data)| !data.is_empty())
            .collect();
        cleared.append(&mut self.cleared);
        mem::replace(
            self,
            Self {
                cleared,
                ..Self::default()
            },
        )
    }

    /// Returns the data of the START of `id`, if it is stored or was cleared.
    pub(super) fn start_data(&mut self, id: EventId) -> Option<Data<'static>> {
        if let Some(index) = self.find(id, |_| true) {
            return Some(self.data(&self.scopes[index]));
        }
        let index = self.cleared.iter().position(|(start, _)| *start == id)?;
        Some(self.cleared.swap_remove(index).1)
    }

    /// Returns the index of the first record of `id` that `matches` accepts.
    ///
    /// This is a binary search, because the ids of a thread grow. Records that are not in the order
    /// of their ids may not be found. The END of such a record is stored separately.
    fn find(&self, id: EventId, matches: impl Fn(&ScopeRecord) -> bool) -> Option<usize> {
        let first = self.scopes.partition_point(|scope| scope.record.id() < id);
        let mut same_id = self.scopes[first..]
            .iter()
            .take_while(|scope| scope.record.id() == id);
        same_id.position(matches).map(|offset| first + offset)
    }

    /// Returns copies of the events with their times, in the order of their times.
    pub(super) fn events(&self) -> impl Iterator<Item = (u64, Event<'static>)> {
        let starts = self.scopes.iter().map(|scope| self.start(scope));
        let mut events: Vec<_> = starts.collect(); // indexed like `scopes`
        for (index, scope) in self.scopes.iter().enumerate() {
            if scope.end != NO_END {
                let data = events[index].2.data().clone();
                let (record, start) = (&scope.record, scope.start);
                let event = record.event(EventStatus::End, scope.end, start, data);
                events.push((scope.end, scope.end_order, event));
            }
        }
        for end in &self.separate_ends {
            let event = match end.start {
                None => (*end.event).clone(),
                Some(index) => {
                    let data = concatenated(events[index].2.data(), end.event.data());
                    (*end.event).clone().with_owned_data(data)
                }
            };
            events.push((event.nanos(), end.order, event));
        }
        events.sort_by_key(|(nanos, order, _)| (*nanos, *order));
        events.into_iter().map(|(nanos, _, event)| (nanos, event))
    }

    fn start(&self, scope: &ScopeRecord) -> OrderedEvent {
        let (data, start) = (self.data(scope), scope.start);
        let event = scope.record.event(EventStatus::Start, start, start, data);
        (scope.start, scope.start_order, event)
    }

    fn data(&self, scope: &ScopeRecord) -> Data<'static> {
        match (scope.data, scope.record.site()) {
            (DataPosition::Fields { index }, _) => Data::owned(Arc::clone(&self.fields[index])),
            (DataPosition::Arena { count: 1.., first }, Some(site)) => {
                let values = self.arena.values(first, site.keys().len());
                let fields = site.keys().iter().zip(values);
                Data::owned(fields.map(|(key, value)| Field::new(key, value)).collect())
            }
            (DataPosition::Arena { .. }, _) => Data::default(),
        }
    }
}

/// Returns the data of a START, followed by the fields that its END adds.
pub(super) fn concatenated(start: &Data<'static>, added: &Data<'static>) -> Data<'static> {
    if added.is_empty() {
        return start.clone();
    }
    let fields = start.iter().chain(added.iter());
    Data::owned(
        fields
            .map(|(key, value)| Field::new(key, value.clone()))
            .collect(),
    )
}

/// Returns the order of the event at `index` in its buffer.
///
/// The order only sorts events of equal time, so it may wrap after four billion events.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "explained above")]
const fn wrapped_order(index: usize) -> u32 {
    index as u32
}

impl ScopeRecord {
    /// Returns whether `event` is the END of this START, which has had no END.
    #[inline]
    fn is_open(&self, event: &Event<'_>) -> bool {
        let record = &self.record;
        record.id() == event.id() && self.end == NO_END && record.thread() == event.thread()
    }

    #[inline]
    const fn close(&mut self, nanos: u64, order: usize) {
        self.end = nanos;
        self.end_order = wrapped_order(order);
    }
}
