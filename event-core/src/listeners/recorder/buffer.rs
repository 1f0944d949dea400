//! What one thread's events are kept in: a START and its END as one record, values side by side.

use super::record::Record;
use crate::event::{Event, EventStatus};
use crate::sync::Arc;
use crate::thread::EventId;
use crate::value::Field;
use crate::value::arena::Arena;
use crate::value::captured::Captured;
use crate::value::data::Data;

/// The time of an END that is not in its START's record.
const NO_END: u64 = 0;

/// The events of the threads that share it, in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    calls: Vec<Call>,
    /// The values of `calls`.
    arena: Arena,
    /// The data of `calls` that is more than values.
    fields: Vec<Arc<[Field<'static>]>>,
    /// The ENDs that have something of their own.
    ends: Vec<End>,
    /// How many events there are.
    len: usize,
}

/// A START, and its END if that adds nothing but its time.
#[derive(Debug)]
struct Call {
    record: Record,
    start: u64,
    end: u64,
    data: Place,
    start_order: u32,
    end_order: u32,
}

/// Where the data of a START is.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// The values of the site's keys: so many from that place on.
    Values {
        count: u32,
        at: usize,
    },
    Fields {
        at: usize,
    },
}

/// An END that is an event by itself.
#[derive(Debug)]
struct End {
    order: u32,
    /// The record of its START, whose data is before that of `event`.
    start: Option<usize>,
    event: Box<Event<'static>>,
}

/// An event on its way out, behind what its place is: its time, and its order among those of one time.
type Placed = (u64, u32, Event<'static>);

impl Buffer {
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// Keeps a START with what its site captured, where nothing of it need be printed.
    #[inline]
    pub(super) fn push_start(&mut self, event: &Event<'_>, nanos: u64, values: &[Captured<'_>]) {
        let at = self.arena.push(values);
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a function has fewer arguments"
        )]
        let count = values.len() as u32;
        self.push_call(event, nanos, Place::Values { count, at });
    }

    /// Keeps a START with any data.
    pub(super) fn push_owned_start(
        &mut self,
        event: &Event<'_>,
        nanos: u64,
        data: Arc<[Field<'static>]>,
    ) {
        let at = self.fields.len();
        self.fields.push(data);
        self.push_call(event, nanos, Place::Fields { at });
    }

    #[inline]
    fn push_call(&mut self, event: &Event<'_>, nanos: u64, data: Place) {
        let start_order = truncated(self.len);
        self.len += 1;
        self.calls.push(Call {
            record: Record::of(event),
            start: nanos,
            end: NO_END,
            data,
            start_order,
            end_order: 0,
        });
    }

    /// Notes the END of a START that is kept here; `false` if there is none to note it in.
    #[inline]
    pub(super) fn push_end(&mut self, event: &Event<'_>, nanos: u64) -> bool {
        let order = self.len;
        let kept = match self.calls.last_mut() {
            Some(last) if last.is_open(event) => {
                last.close(nanos, order);
                true
            }
            _ => self.push_outer_end(event, nanos),
        };
        self.len += usize::from(kept);
        kept
    }

    #[inline(never)]
    fn push_outer_end(&mut self, event: &Event<'_>, nanos: u64) -> bool {
        let Some(place) = self.find(event.id(), |call| call.is_open(event)) else {
            return false;
        };
        self.calls[place].close(nanos, self.len);
        true
    }

    /// Says whether the START of `id` is here.
    pub(super) fn has_start(&self, id: EventId) -> bool {
        self.find(id, |_| true).is_some()
    }

    /// Keeps an END, whose data is that of its START and then its own; gives it back if the START is
    /// not here.
    pub(super) fn push_end_behind(
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

    /// Keeps an END with data that is all its own.
    pub(super) fn push_whole_end(&mut self, end: Box<Event<'static>>) {
        self.push(None, end);
    }

    fn push(&mut self, start: Option<usize>, event: Box<Event<'static>>) {
        let order = truncated(self.len);
        self.len += 1;
        self.ends.push(End {
            order,
            start,
            event,
        });
    }

    /// The record of `id` that is as wanted. The ids of a thread grow, so they are searched as
    /// sorted; what is not is not found, and its END is then kept whole.
    fn find(&self, id: EventId, wanted: impl Fn(&Call) -> bool) -> Option<usize> {
        let first = self.calls.partition_point(|call| call.record.id() < id);
        let mut same = self.calls[first..]
            .iter()
            .take_while(|call| call.record.id() == id);
        same.position(wanted).map(|place| first + place)
    }

    /// Returns the events, made anew, by time.
    pub(super) fn events(&self) -> impl Iterator<Item = (u64, Event<'static>)> {
        let mut events: Vec<_> = self.calls.iter().map(|call| self.start(call)).collect();
        for (place, call) in self.calls.iter().enumerate() {
            if call.end != NO_END {
                let data = events[place].2.data().clone();
                let event = call.record.event(EventStatus::End, call.end, data);
                events.push((call.end, call.end_order, event));
            }
        }
        for end in &self.ends {
            let event = match end.start {
                None => (*end.event).clone(),
                Some(place) => {
                    let data = joined(events[place].2.data(), end.event.data());
                    (*end.event).clone().with_owned_data(data)
                }
            };
            events.push((event.nanos(), end.order, event));
        }
        events.sort_by_key(|(nanos, order, _)| (*nanos, *order));
        events.into_iter().map(|(nanos, _, event)| (nanos, event))
    }

    fn start(&self, call: &Call) -> Placed {
        let event = call
            .record
            .event(EventStatus::Start, call.start, self.data(call));
        (call.start, call.start_order, event)
    }

    fn data(&self, call: &Call) -> Data<'static> {
        match (call.data, call.record.site()) {
            (Place::Fields { at }, _) => Data::owned(Arc::clone(&self.fields[at])),
            (Place::Values { count: 1.., at }, Some(site)) => {
                let values = self.arena.values(at, site.keys().len());
                let fields = site.keys().iter().zip(values);
                Data::owned(fields.map(|(key, value)| Field::new(key, value)).collect())
            }
            (Place::Values { .. }, _) => Data::default(),
        }
    }
}

/// The data of a START, and behind it what its END adds.
fn joined(start: &Data<'static>, own: &Data<'static>) -> Data<'static> {
    if own.is_empty() {
        return start.clone();
    }
    let fields = start.iter().chain(own.iter());
    Data::owned(
        fields
            .map(|(key, value)| Field::new(key, value.clone()))
            .collect(),
    )
}

/// The place of an event in its buffer. It is for those of one tick of the clock, and so may begin
/// anew after four billion.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "said above")]
const fn truncated(place: usize) -> u32 {
    place as u32
}

impl Call {
    /// Whether `event` is the END that this has not had.
    #[inline]
    fn is_open(&self, event: &Event<'_>) -> bool {
        let record = &self.record;
        record.id() == event.id() && self.end == NO_END && record.thread() == event.thread()
    }

    #[inline]
    const fn close(&mut self, nanos: u64, order: usize) {
        self.end = nanos;
        self.end_order = truncated(order);
    }
}
