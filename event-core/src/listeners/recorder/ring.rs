//! Bounded storage: the last events of all threads.
//!
//! All threads share one lock, so that the number of dropped events is exact. A new event replaces
//! the oldest one in its slot and reuses the slot's memory.

use std::collections::HashSet;
use std::mem;

use super::buffer::concatenated;
use super::record::Record;
use crate::event::exc_details::ExcDetails;
use crate::event::site::Site;
use crate::event::status::EventStatus;
use crate::event::{Event, NO_DATA};
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
    /// The duration of the polls of a future, if this is its END.
    busy_nanos: u64,
    status: EventStatus,
    data: SlotData,
    /// The values of the site's keys, if `data` is `Copied`.
    bytes: Vec<u8>,
    /// `None` in most events.
    owned: Option<Box<OwnedParts>>,
}

/// The data of an event that precedes its own fields.
#[derive(Clone, Copy, Debug)]
enum SlotData {
    Nothing,
    /// The values in `bytes`.
    Copied,
    /// The copied values of the START, this number of events earlier.
    OfStart(u8),
    /// The event was dropped, and its own fields were taken.
    Taken,
}

/// The parts of an event that own memory. They are dropped after unlocking, because data may have a
/// `Drop` that triggers events.
#[derive(Debug)]
struct OwnedParts {
    fields: Arc<[Field<'static>]>,
    exc: Option<ExcDetails<'static>>,
}

impl OwnedParts {
    /// Returns the parts, unless they are empty.
    fn new(fields: Arc<[Field<'static>]>, exc: Option<&ExcDetails<'static>>) -> Option<Box<Self>> {
        let is_empty = fields.is_empty() && exc.is_none();
        let exc = exc.cloned();
        (!is_empty).then(|| Box::new(Self { fields, exc }))
    }
}

impl Slot {
    /// Returns the event. `start` has the data of its START, if `data` is `OfStart`.
    fn event(&self, start: &Data<'static>) -> Event<'static> {
        let mut data = match (self.data, self.record.site()) {
            (SlotData::OfStart(_), _) => start.clone(),
            (SlotData::Copied, Some(site)) => {
                let fields = site.keys().iter().zip(copied_values(&self.bytes));
                Data::owned(fields.map(|(key, value)| Field::new(key, value)).collect())
            }
            _ => Data::default(),
        };
        if let Some(owned) = &self.owned {
            data = concatenated(&data, &Data::owned(Arc::clone(&owned.fields)));
        }
        let times = (self.nanos, self.start_nanos, self.busy_nanos);
        let event = self.record.event(self.status, times, data);
        match self.owned.as_ref().and_then(|owned| owned.exc.clone()) {
            Some(exc) => event.with_exc_details(exc),
            None => event,
        }
    }
}

/// Drops the parts of an event. The lock must be released.
#[inline(always)]
fn drop_parts(parts: Option<Box<OwnedParts>>) {
    #[cold]
    #[inline(never)]
    fn drop_cold(parts: Box<OwnedParts>) {
        drop(parts);
    }
    if let Some(parts) = parts {
        drop_cold(parts);
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
            let start = match slot.data {
                SlotData::OfStart(distance) => events.len().checked_sub(usize::from(distance)),
                _ => None,
            };
            let start = start.map_or(&NO_DATA, |start| events[start].1.data());
            events.push((slot.nanos, slot.event(start)));
        }
        let dropped = contents.slots.len() - contents.len(self.limit);
        events.drain(..dropped);
        events
    }

    /// Returns the STARTs without END.
    pub(super) fn open_starts(&self) -> Vec<Event<'static>> {
        let suppress = SuppressEvents::new(); // an annotated allocator would deadlock on the lock
        let events = self.events().into_iter().map(|(_, event)| event);
        drop(suppress);
        let (ends, mut starts): (Vec<_>, Vec<_>) = events.partition(Event::is_end);
        let ended: HashSet<EventId> = ends.iter().map(Event::id).collect();
        starts.retain(|start| !ended.contains(&start.id()));
        starts
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
    pub(super) fn store(&self, event: &Event<'_>) {
        let nanos = event.nanos();
        let is_stored = match event.exc_details() {
            Some(_) => false,
            None if event.carries_start_data() => {
                !event.data().has_added() && self.store_end(event, nanos)
            }
            None => self.store_copied(event, nanos),
        };
        if !is_stored {
            self.store_owned(event, nanos);
        }
    }

    /// Stores an END that only shares the data of its START. Returns `false` if its START is not
    /// found, or has data that is not copied.
    #[inline]
    fn store_end(&self, event: &Event<'_>, nanos: u64) -> bool {
        let mut contents = self.contents.lock();
        let data = match contents.start_of(event.id()) {
            Some((distance, start)) if start.owned.is_none() => match start.data {
                SlotData::Copied => SlotData::OfStart(distance),
                _ => SlotData::Nothing,
            },
            _ => return false,
        };
        let dropped = contents.push(event, nanos, data, None, self.limit);
        drop(contents);
        drop_parts(dropped);
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
        let data = if values.is_empty() {
            SlotData::Nothing
        } else if contents.copy(values) {
            SlotData::Copied
        } else {
            return false;
        };
        let dropped = contents.push(event, nanos, data, None, self.limit);
        drop(contents);
        drop_parts(dropped);
        true
    }

    /// Stores an event with fields of its own, or with a failure.
    #[inline(never)]
    fn store_owned(&self, event: &Event<'_>, nanos: u64) {
        // Without the lock, because data may be formatted.
        let exc = event.exc_details().map(|exc| exc.clone().into_owned());
        let carries_start_data = event.carries_start_data();
        let fields = if carries_start_data {
            event.data().added_owned().to_fields()
        } else {
            event.data().to_fields()
        };
        let rest = OwnedParts::new(Arc::clone(&fields), exc.as_ref());
        let suppress = SuppressEvents::new(); // an annotated allocator would deadlock on the lock
        let mut contents = self.contents.lock();
        let (data, owned) = match contents.start_of(event.id()) {
            _ if !carries_start_data => (SlotData::Nothing, rest),
            Some((distance, start)) => match (start.data, &start.owned) {
                (SlotData::Copied, _) => (SlotData::OfStart(distance), rest),
                (_, None) => (SlotData::Nothing, rest),
                (_, Some(start)) => {
                    let start = Data::owned(Arc::clone(&start.fields));
                    let fields = concatenated(&start, &Data::owned(fields)).to_fields();
                    (SlotData::Nothing, OwnedParts::new(fields, exc.as_ref()))
                }
            },
            None => {
                drop(contents);
                drop(suppress);
                let start = event.data().start_owned();
                let fields = concatenated(&start, &Data::owned(fields)).to_fields();
                let owned = OwnedParts::new(fields, exc.as_ref());
                contents = self.contents.lock();
                (SlotData::Nothing, owned)
            }
        };
        let dropped = contents.push(event, nanos, data, owned, self.limit);
        drop(contents);
        drop_parts(dropped);
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
    #[inline(always)]
    fn copy(&mut self, values: &[Captured<'_>]) -> bool {
        // An annotated allocator would deadlock on the lock.
        let _suppress = SuppressEvents::new();
        if self.bytes.capacity() > MAX_REUSED_BYTES {
            self.bytes = Vec::new();
        }
        self.bytes.clear();
        push_all_copied(&mut self.bytes, values)
    }

    /// Stores an event. Returns the parts of the event that it displaces, which the caller drops
    /// after unlocking.
    #[inline(always)]
    fn push(
        &mut self,
        event: &Event<'_>,
        nanos: u64,
        data: SlotData,
        owned: Option<Box<OwnedParts>>,
        limit: usize,
    ) -> Option<Box<OwnedParts>> {
        self.received += 1;
        if self.slots.len() < limit.saturating_add(LOOK_BACK) {
            return self.add(event, nanos, data, owned, limit);
        }
        let index = self.oldest;
        self.oldest = if index + 1 == self.slots.len() {
            0
        } else {
            index + 1
        };
        let slot = self.slots.get_mut(index)?;
        if let SlotData::Copied = data {
            mem::swap(&mut slot.bytes, &mut self.bytes);
        }
        let origin = event.origin();
        slot.record = Record::of(event);
        slot.nanos = nanos;
        slot.start_nanos = origin.start_nanos;
        slot.busy_nanos = origin.busy_nanos;
        slot.status = event.status();
        slot.data = data;
        // `take_dropped` has taken the parts of the event that this one replaces.
        let taken = mem::replace(&mut slot.owned, owned);
        self.take_dropped(limit).or(taken)
    }

    #[cold]
    #[inline(never)]
    fn add(
        &mut self,
        event: &Event<'_>,
        nanos: u64,
        data: SlotData,
        owned: Option<Box<OwnedParts>>,
        limit: usize,
    ) -> Option<Box<OwnedParts>> {
        if limit == 0 {
            return owned;
        }
        let _suppress = SuppressEvents::new(); // an annotated allocator would deadlock on the lock
        self.slots.push(Slot {
            record: Record::of(event),
            nanos,
            start_nanos: event.start_nanos(),
            busy_nanos: event.origin().busy_nanos,
            status: event.status(),
            data,
            bytes: match data {
                SlotData::Copied => mem::take(&mut self.bytes),
                _ => Vec::new(),
            },
            owned,
        });
        self.take_dropped(limit)
    }

    /// Takes the owned parts out of the newest event beyond the limit. Its copied values stay,
    /// because its END may share them.
    #[inline(always)]
    fn take_dropped(&mut self, limit: usize) -> Option<Box<OwnedParts>> {
        let len = self.slots.len();
        let index = self.oldest + len.checked_sub(limit.checked_add(1)?)?;
        let index = if index < len { index } else { index - len };
        let slot = self.slots.get_mut(index)?;
        let owned = slot.owned.take()?;
        slot.data = SlotData::Taken;
        Some(owned)
    }

    /// Returns the START of `id` and its distance from the next event, if it is among the last
    /// [`LOOK_BACK`] events and has its data.
    #[inline(always)]
    fn start_of(&self, id: EventId) -> Option<(u8, &Slot)> {
        let mut index = self.oldest;
        for distance in 1..=LOOK_BACK.min(self.slots.len()) {
            index = index.checked_sub(1).unwrap_or(self.slots.len() - 1);
            let slot = self.slots.get(index)?;
            if slot.record.id() == id && slot.status == EventStatus::Start {
                let has_data = !matches!(slot.data, SlotData::Taken);
                #[expect(clippy::cast_possible_truncation, reason = "at most `LOOK_BACK`")]
                return has_data.then_some((distance as u8, slot));
            }
        }
        None
    }
}
