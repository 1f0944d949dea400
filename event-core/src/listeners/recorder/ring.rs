//! Bounded storage: the last events of all threads.
//!
//! All threads share one lock, so that the number of dropped events is exact. A new event replaces
//! the oldest one in its slot and reuses the slot's memory.

use std::collections::HashSet;
use std::mem;

use super::buffer::concatenated;
use super::record::Record;
use super::slot::{OwnedParts, Slot, SlotData, drop_parts};
use crate::event::site::Site;
use crate::event::status::EventStatus;
use crate::event::{Event, NO_DATA};
use crate::lock::Lock;
use crate::sync::Arc;
use crate::thread::{EventId, SuppressEvents};
use crate::value::captured::Captured;
use crate::value::data::Data;

/// The number of newest events among which an END searches for its START, to share its data.
const LOOK_BACK: usize = 32;

/// The number of dropped events that are kept, so that the STARTs of later ENDs are still there.
/// There is one more, which no END needs: its slot is written before the next event is stored.
const KEPT: usize = LOOK_BACK + 1;

/// A slot keeps at most this many bytes of memory for later events.
const MAX_REUSED_BYTES: usize = 256;

/// The newest events, at most `limit`.
#[derive(Debug)]
pub(super) struct Ring(Lock<RingContents>);

#[derive(Debug)]
struct RingContents {
    /// The number of events that are not dropped, if there are as many.
    limit: usize,
    max_slots: usize,
    /// The newest events, after at most [`KEPT`] dropped ones. They are in order, from
    /// `oldest` on and then from the first slot on.
    slots: Vec<Slot>,
    oldest: usize,
    /// How many slots have `owned` parts.
    owners: usize,
    /// The number of events that were stored.
    received: u64,
}

/// A value is not stored as bytes.
struct NotCopied;

impl Ring {
    pub(super) fn new(limit: usize) -> Self {
        Self(Lock::new(RingContents::new(limit)))
    }

    /// Returns the events with their times, in the order in which they were received.
    pub(super) fn events(&self) -> Vec<(u64, Event<'static>)> {
        let contents = self.0.lock();
        let mut events: Vec<(u64, Event<'static>)> = Vec::with_capacity(contents.slots.len());
        for slot in contents.in_order() {
            let start = match slot.data {
                SlotData::OfStart(distance) => events.len().checked_sub(usize::from(distance)),
                _ => None,
            };
            let start = start.map_or(&NO_DATA, |start| events[start].1.data());
            events.push((slot.nanos, slot.event(start)));
        }
        let dropped = contents.slots.len() - contents.len();
        events.drain(..dropped);
        events
    }

    /// Returns the STARTs without END.
    pub(super) fn open_starts(&self) -> Vec<Event<'static>> {
        let events = self.events().into_iter().map(|(_, event)| event);
        let (ends, mut starts): (Vec<_>, Vec<_>) = events.partition(Event::is_end);
        let ended: HashSet<EventId> = ends.iter().map(Event::id).collect();
        starts.retain(|start| !ended.contains(&start.id()));
        starts
    }

    pub(super) fn clear(&self) {
        let mut contents = self.0.lock();
        let empty = RingContents::new(contents.limit);
        let cleared = mem::replace(&mut *contents, empty);
        drop(contents);
        drop(cleared); // after unlocking, because the data may have a `Drop` that uses the recorder
    }

    pub(super) fn len(&self) -> usize {
        self.0.lock().len()
    }

    pub(super) fn dropped(&self) -> u64 {
        let contents = self.0.lock();
        contents.received - contents.len() as u64
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
        let mut contents = self.0.lock();
        let data = match contents.start_of(event.id()) {
            Some((distance, start)) if start.owned.is_none() => match start.data {
                SlotData::Copied => SlotData::OfStart(distance),
                _ => SlotData::Nothing,
            },
            _ => return false,
        };
        let dropped = contents.push(event, nanos, data, None);
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
        let mut contents = self.0.lock();
        let dropped = if values.is_empty() {
            contents.push(event, nanos, SlotData::Nothing, None)
        } else if !contents.is_full() {
            match contents.add_copied(event, nanos, values) {
                Ok(dropped) => dropped,
                Err(NotCopied) => return false,
            }
        } else if contents.copy(values) {
            contents.push(event, nanos, SlotData::Copied, None)
        } else {
            return false;
        };
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
        let mut contents = self.0.lock();
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
                contents = self.0.lock();
                (SlotData::Nothing, owned)
            }
        };
        let dropped = contents.push(event, nanos, data, owned);
        drop(contents);
        drop_parts(dropped);
    }
}

impl RingContents {
    fn new(limit: usize) -> Self {
        Self {
            limit,
            max_slots: limit.saturating_add(KEPT),
            slots: Vec::new(),
            oldest: 0,
            owners: 0,
            received: 0,
        }
    }

    /// Returns the number of events that are not dropped.
    fn len(&self) -> usize {
        self.slots.len().min(self.limit)
    }

    /// Returns whether the next event replaces the oldest one.
    #[inline(always)]
    fn is_full(&self) -> bool {
        self.slots.len() >= self.max_slots
    }

    /// Returns the slots, oldest first.
    fn in_order(&self) -> impl Iterator<Item = &Slot> {
        let (newer, older) = self.slots.split_at(self.oldest);
        older.iter().chain(newer)
    }

    /// Copies `values` into the slot of the next event. Returns `false` if that is impossible.
    ///
    /// The slot has no event then, but no event that is not dropped needs its data.
    #[inline(always)]
    fn copy(&mut self, values: &[Captured<'_>]) -> bool {
        let Some(slot) = self.slots.get_mut(self.oldest) else {
            return false;
        };
        if slot.values.capacity() > MAX_REUSED_BYTES {
            slot.free_values();
        }
        slot.values.set(values)
    }

    /// Stores an event. Returns the parts of the event that it displaces, which the caller drops
    /// after unlocking. If the data is `Copied`, [`copy`](Self::copy) has stored it.
    #[inline(always)]
    fn push(
        &mut self,
        event: &Event<'_>,
        nanos: u64,
        data: SlotData,
        owned: Option<Box<OwnedParts>>,
    ) -> Option<Box<OwnedParts>> {
        if !self.is_full() {
            return self.add(Slot::new(event, nanos, data), owned);
        }
        self.received += 1;
        let index = self.oldest;
        self.oldest = if index + 1 == self.slots.len() {
            0
        } else {
            index + 1
        };
        let slot = self.slots.get_mut(index)?;
        let origin = event.origin();
        slot.record = Record::of(event);
        slot.nanos = nanos;
        slot.start_nanos = origin.start_nanos;
        slot.busy_nanos = origin.busy_nanos;
        slot.status = event.status();
        slot.data = data;
        if self.owners == 0 && owned.is_none() {
            return None;
        }
        self.set_owned(index, owned)
    }

    /// Sets the owned parts of the newest event. Returns those that it displaces.
    #[cold]
    #[inline(never)]
    fn set_owned(
        &mut self,
        newest: usize,
        owned: Option<Box<OwnedParts>>,
    ) -> Option<Box<OwnedParts>> {
        self.owners += usize::from(owned.is_some());
        let slot = self.slots.get_mut(newest)?;
        // `take_dropped` has taken the parts of the event that this one replaces.
        let taken = mem::replace(&mut slot.owned, owned);
        self.owners -= usize::from(taken.is_some());
        self.take_dropped().or(taken)
    }

    /// Stores an event in a new slot.
    #[cold]
    #[inline(never)]
    fn add(&mut self, slot: Slot, owned: Option<Box<OwnedParts>>) -> Option<Box<OwnedParts>> {
        self.received += 1;
        if self.limit == 0 {
            return owned;
        }
        let _suppress = SuppressEvents::new(); // an annotated allocator would deadlock on the lock
        self.slots.push(slot);
        self.set_owned(self.slots.len() - 1, owned)
    }

    /// Stores an event with `values` in a new slot, and returns what [`push`](Self::push) returns.
    ///
    /// # Errors
    ///
    /// Returns an error if a value cannot be copied.
    #[cold]
    #[inline(never)]
    fn add_copied(
        &mut self,
        event: &Event<'_>,
        nanos: u64,
        values: &[Captured<'_>],
    ) -> Result<Option<Box<OwnedParts>>, NotCopied> {
        let _suppress = SuppressEvents::new(); // an annotated allocator would deadlock on the lock
        let mut slot = Slot::new(event, nanos, SlotData::Copied);
        if slot.values.set(values) {
            Ok(self.add(slot, None))
        } else {
            Err(NotCopied)
        }
    }

    /// Takes the owned parts out of the newest event beyond the limit. Its copied values stay,
    /// because its END may share them.
    fn take_dropped(&mut self) -> Option<Box<OwnedParts>> {
        let len = self.slots.len();
        let index = self.oldest + len.checked_sub(self.limit.checked_add(1)?)?;
        let index = if index < len { index } else { index - len };
        let slot = self.slots.get_mut(index)?;
        let owned = slot.owned.take()?;
        self.owners -= 1;
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
