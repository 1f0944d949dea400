//! Bounded storage: the last events of all threads.
//!
//! All threads share one lock, so that the number of dropped events is exact. A new event replaces
//! the oldest one in its slot and reuses the slot's memory.

use std::mem;

use super::buffer::concatenated;
use super::record::Record;
use crate::event::exc_details::ExcDetails;
use crate::event::site::Site;
use crate::event::{Event, EventStatus, NO_DATA};
use crate::sync::{Arc, Mutex};
use crate::thread::{EventId, SuppressEvents};
use crate::value::Field;
use crate::value::arena::{copied_values, push_all_copied};
use crate::value::captured::Captured;
use crate::value::data::Data;

/// The number of newest events among which an END searches for its START, to share its data. As
/// many dropped events are kept, so that this START is still there.
const LOOK_BACK: usize = 32;

/// A slot keeps at most this many bytes of memory for later events.
const MAX_REUSED_BYTES: usize = 256;

/// The newest events, at most `limit`.
#[derive(Debug)]
pub(super) struct Ring {
    limit: usize,
    contents: Mutex<RingContents>,
}

#[derive(Debug, Default)]
struct RingContents {
    /// The newest events, after at most [`LOOK_BACK`] dropped ones. They are in order, from
    /// `oldest` on and then from the first slot on.
    slots: Vec<Slot>,
    oldest: usize,
    /// Memory for the values of the next START.
    bytes: Vec<u8>,
    /// The number of events that were stored.
    received: u64,
}

#[derive(Debug)]
struct Slot {
    record: Record,
    nanos: u64,
    /// The time of the START, if this is its END.
    start_nanos: u64,
    status: EventStatus,
    data: SlotData,
    /// The values of the site's keys, if `data` is `Copied`.
    bytes: Vec<u8>,
    exc: Option<Box<ExcDetails<'static>>>,
}

#[derive(Debug)]
enum SlotData {
    NoData,
    /// The values in `bytes`.
    Copied,
    /// The copied values of the START, `distance` events earlier, and the fields that the END adds.
    OfStart {
        distance: u8,
        added: Option<Arc<[Field<'static>]>>,
    },
    Fields(Arc<[Field<'static>]>),
}

/// The parts of a dropped event that are dropped after unlocking, because data may have a `Drop`
/// that triggers events.
type Dropped = (SlotData, Option<Box<ExcDetails<'static>>>);

impl Slot {
    /// Returns the data, if it is in this slot.
    fn data(&self) -> Data<'static> {
        match (&self.data, self.record.site()) {
            (SlotData::Fields(fields), _) => Data::owned(Arc::clone(fields)),
            (SlotData::Copied, Some(site)) => {
                let fields = site.keys().iter().zip(copied_values(&self.bytes));
                Data::owned(fields.map(|(key, value)| Field::new(key, value)).collect())
            }
            _ => Data::default(),
        }
    }

    #[cold]
    fn take(&mut self) -> Dropped {
        (
            mem::replace(&mut self.data, SlotData::NoData),
            self.exc.take(),
        )
    }

    fn event(&self, data: Data<'static>) -> Event<'static> {
        let event = self
            .record
            .event(self.status, self.nanos, self.start_nanos, data);
        match &self.exc {
            Some(exc) => event.with_exc_details((**exc).clone()),
            None => event,
        }
    }
}

impl Ring {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            contents: Mutex::default(),
        }
    }

    /// Returns the events with their times, in the order in which they were received.
    pub(super) fn events(&self) -> Vec<(u64, Event<'static>)> {
        let contents = self.contents.lock();
        let mut events: Vec<(u64, Event<'static>)> = Vec::with_capacity(contents.slots.len());
        for slot in contents.in_order() {
            let data = match &slot.data {
                SlotData::OfStart { distance, added } => {
                    let start = events.len().checked_sub(usize::from(*distance));
                    let start = start.map_or(&NO_DATA, |start| events[start].1.data());
                    let added = added.clone().map_or_else(Data::default, Data::owned);
                    concatenated(start, &added)
                }
                _ => slot.data(),
            };
            events.push((slot.nanos, slot.event(data)));
        }
        let dropped = contents.slots.len() - contents.len(self.limit);
        events.drain(..dropped);
        events
    }

    pub(super) fn clear(&self) {
        let suppress = SuppressEvents::new(); // a signal handler would wait for the lock
        let cleared = std::mem::take(&mut *self.contents.lock());
        drop(suppress);
        drop(cleared); // after unlocking, because the data may have a `Drop` that triggers events
    }

    pub(super) fn len(&self) -> usize {
        self.contents.lock().len(self.limit)
    }

    pub(super) fn dropped(&self) -> u64 {
        let _suppress = SuppressEvents::new(); // a signal handler would wait for the lock
        let contents = self.contents.lock();
        contents.received - contents.len(self.limit) as u64
    }

    /// Stores `event`, and drops the oldest event if the limit is reached.
    #[inline]
    pub(super) fn store(&self, event: &Event<'_>) {
        let nanos = event.nanos();
        let is_stored = match event.exc_details() {
            Some(_) => false,
            None if event.carries_start_data() => {
                !event.data().has_returned() && self.store_end(event, nanos, None, None)
            }
            None => self.store_copied(event, nanos),
        };
        if !is_stored {
            self.store_owned(event, nanos);
        }
    }

    /// Stores an END that shares the data of its START. Returns `false` if its START is not found.
    #[inline]
    fn store_end(
        &self,
        event: &Event<'_>,
        nanos: u64,
        added: Option<&Arc<[Field<'static>]>>,
        exc: Option<&ExcDetails<'static>>,
    ) -> bool {
        let mut contents = self.contents.lock();
        // An annotated allocator would deadlock on the lock.
        let suppress = SuppressEvents::new();
        let Some(data) = contents.data_of_end(event.id(), added) else {
            return false;
        };
        let exc = exc.map(|exc| Box::new(exc.clone()));
        let dropped = contents.push(event, nanos, data, exc, self.limit);
        drop(contents);
        drop(suppress);
        drop(dropped);
        true
    }

    /// Stores an event with the values that its site captured. Returns `false` if a value cannot be
    /// copied as bytes.
    #[inline]
    fn store_copied(&self, event: &Event<'_>, nanos: u64) -> bool {
        let Some(values) = event.data().captured_alone(event.site().map(Site::keys)) else {
            return false;
        };
        let mut contents = self.contents.lock();
        let suppress = SuppressEvents::new();
        let data = if values.is_empty() {
            SlotData::NoData
        } else if contents.copy(values) {
            SlotData::Copied
        } else {
            return false;
        };
        let dropped = contents.push(event, nanos, data, None, self.limit);
        drop(contents);
        drop(suppress);
        drop(dropped);
        true
    }

    /// Stores an event with data of its own.
    #[inline(never)]
    fn store_owned(&self, event: &Event<'_>, nanos: u64) {
        // Without the lock, because data may be formatted.
        let exc = event.exc_details().map(|exc| exc.clone().into_owned());
        let fields = if event.carries_start_data() {
            let returned = event.data().returned_owned();
            let added = (!returned.is_empty()).then(|| returned.to_fields());
            if self.store_end(event, nanos, added.as_ref(), exc.as_ref()) {
                return;
            }
            let start = event.data().clone().with_returned(None).into_owned();
            concatenated(&start, &returned).to_fields()
        } else {
            event.data().to_fields()
        };
        let data = if fields.is_empty() {
            SlotData::NoData
        } else {
            SlotData::Fields(fields)
        };
        let exc = exc.map(Box::new);
        let mut contents = self.contents.lock();
        let suppress = SuppressEvents::new();
        let dropped = contents.push(event, nanos, data, exc, self.limit);
        drop(contents);
        drop(suppress);
        drop(dropped);
    }
}

impl RingContents {
    /// Returns the number of events that are not dropped.
    fn len(&self, limit: usize) -> usize {
        self.slots.len().min(limit)
    }

    /// Returns the slots, oldest first.
    fn in_order(&self) -> impl Iterator<Item = &Slot> {
        let (newer, older) = self.slots.split_at(self.oldest);
        older.iter().chain(newer)
    }

    /// Copies values for the START that is pushed next. Returns `false` if that is impossible.
    #[inline]
    fn copy(&mut self, values: &[Captured<'_>]) -> bool {
        if self.bytes.capacity() > MAX_REUSED_BYTES {
            self.bytes = Vec::new();
        }
        self.bytes.clear();
        push_all_copied(&mut self.bytes, values)
    }

    /// Stores an event. Returns the event that it displaces, which the caller drops after
    /// unlocking.
    #[inline(always)]
    fn push(
        &mut self,
        event: &Event<'_>,
        nanos: u64,
        data: SlotData,
        exc: Option<Box<ExcDetails<'static>>>,
        limit: usize,
    ) -> Option<Dropped> {
        self.received += 1;
        if limit == 0 {
            return Some((data, exc));
        }
        let index = self.oldest;
        if self.slots.len() < limit.saturating_add(LOOK_BACK) {
            self.add(event, nanos, data, exc);
        } else {
            self.oldest = if index + 1 == self.slots.len() {
                0
            } else {
                index + 1
            };
            let slot = &mut self.slots[index];
            if let SlotData::Copied = data {
                mem::swap(&mut slot.bytes, &mut self.bytes);
            }
            slot.record = Record::of(event);
            slot.nanos = nanos;
            slot.start_nanos = event.start_nanos();
            slot.status = event.status();
            // `take_dropped` has taken what the slot owned.
            drop(mem::replace(&mut slot.data, data));
            drop(mem::replace(&mut slot.exc, exc));
        }
        self.take_dropped(limit)
    }

    #[inline(never)]
    fn add(
        &mut self,
        event: &Event<'_>,
        nanos: u64,
        data: SlotData,
        exc: Option<Box<ExcDetails<'static>>>,
    ) {
        self.slots.push(Slot {
            record: Record::of(event),
            nanos,
            start_nanos: event.start_nanos(),
            status: event.status(),
            bytes: match data {
                SlotData::Copied => mem::take(&mut self.bytes),
                _ => Vec::new(),
            },
            data,
            exc,
        });
    }

    /// Takes the data out of the newest event beyond the limit, except for copied values, which its
    /// END may share.
    #[inline(always)]
    fn take_dropped(&mut self, limit: usize) -> Option<Dropped> {
        let len = self.slots.len();
        let index = self.oldest + len.checked_sub(limit.checked_add(1)?)?;
        let index = if index < len { index } else { index - len };
        let slot = self.slots.get_mut(index)?;
        let owns = match &slot.data {
            SlotData::NoData | SlotData::Copied => false,
            SlotData::OfStart { added, .. } => added.is_some(),
            SlotData::Fields(_) => true,
        };
        (owns || slot.exc.is_some()).then(|| slot.take())
    }

    /// Returns the data of an END, if its START is among the last [`LOOK_BACK`] events.
    #[inline]
    fn data_of_end(&self, id: EventId, added: Option<&Arc<[Field<'static>]>>) -> Option<SlotData> {
        let mut index = self.oldest;
        for distance in 1..=LOOK_BACK.min(self.slots.len()) {
            index = index.checked_sub(1).unwrap_or(self.slots.len() - 1);
            let slot = &self.slots[index];
            if slot.record.id() != id || slot.status != EventStatus::Start {
                continue;
            }
            let added = added.map(Arc::clone);
            return Some(match (&slot.data, added) {
                #[expect(clippy::cast_possible_truncation, reason = "at most `LOOK_BACK`")]
                (SlotData::Copied, added) => SlotData::OfStart {
                    distance: distance as u8,
                    added,
                },
                (SlotData::Fields(start), None) => SlotData::Fields(Arc::clone(start)),
                (SlotData::Fields(_), Some(added)) => {
                    SlotData::Fields(concatenated(&slot.data(), &Data::owned(added)).to_fields())
                }
                (_, Some(added)) => SlotData::Fields(added),
                (_, None) => SlotData::NoData,
            });
        }
        None
    }
}
