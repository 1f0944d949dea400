//! One event of bounded storage, in a slot whose memory a later event reuses.

use super::buffer::concatenated;
use super::record::Record;
use crate::event::Event;
use crate::event::exc_details::ExcDetails;
use crate::event::status::EventStatus;
use crate::sync::Arc;
use crate::thread::SuppressEvents;
use crate::value::Field;
use crate::value::arena::CopiedValues;
use crate::value::data::Data;

#[derive(Debug)]
pub(super) struct Slot {
    pub(super) record: Record,
    pub(super) nanos: u64,
    /// The time of the START, if this is its END.
    pub(super) start_nanos: u64,
    /// The duration of the polls of a future, if this is its END.
    pub(super) busy_nanos: u64,
    pub(super) status: EventStatus,
    pub(super) data: SlotData,
    /// The values of the site's keys, if `data` is `Copied`.
    pub(super) values: CopiedValues,
    /// `None` in most events.
    pub(super) owned: Option<Box<OwnedParts>>,
}

/// The data of an event that precedes its own fields.
#[derive(Clone, Copy, Debug)]
pub(super) enum SlotData {
    Nothing,
    /// The values in `values`.
    Copied,
    /// The copied values of the START, this number of events earlier.
    OfStart(u8),
    /// The event was dropped, and its own fields were taken.
    Taken,
}

/// The parts of an event that own memory. They are dropped after unlocking, because data may have a
/// `Drop` that triggers events.
#[derive(Debug)]
pub(super) struct OwnedParts {
    pub(super) fields: Arc<[Field<'static>]>,
    pub(super) exc: Option<ExcDetails<'static>>,
}

impl OwnedParts {
    /// Returns the parts, unless they are empty.
    pub(super) fn new(
        fields: Arc<[Field<'static>]>,
        exc: Option<&ExcDetails<'static>>,
    ) -> Option<Box<Self>> {
        let is_empty = fields.is_empty() && exc.is_none();
        let exc = exc.cloned();
        (!is_empty).then(|| Box::new(Self { fields, exc }))
    }
}

impl Slot {
    /// Returns a slot without values and owned parts.
    pub(super) fn new(event: &Event<'_>, nanos: u64, data: SlotData) -> Self {
        Self {
            record: Record::of(event),
            nanos,
            start_nanos: event.start_nanos(),
            busy_nanos: event.origin().busy_nanos,
            status: event.status(),
            data,
            values: CopiedValues::default(),
            owned: None,
        }
    }

    #[cold]
    #[inline(never)]
    pub(super) fn free_values(&mut self) {
        let _suppress = SuppressEvents::new(); // an annotated allocator would deadlock on the lock
        self.values = CopiedValues::default();
    }

    /// Returns the event. `start` has the data of its START, if `data` is `OfStart`.
    pub(super) fn event(&self, start: &Data<'static>) -> Event<'static> {
        let mut data = match (self.data, self.record.site()) {
            (SlotData::OfStart(_), _) => start.clone(),
            (SlotData::Copied, Some(site)) => {
                let fields = site.keys().iter().zip(self.values.values());
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
pub(super) fn drop_parts(parts: Option<Box<OwnedParts>>) {
    #[cold]
    #[inline(never)]
    fn drop_cold(parts: Box<OwnedParts>) {
        drop(parts);
    }
    if let Some(parts) = parts {
        drop_cold(parts);
    }
}
