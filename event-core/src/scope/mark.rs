//! Marks: a START and an END at one time, for a message.
//!
//! A mark is never current. Exporters show it as a point in time, not as a call.

use std::mem::ManuallyDrop;

use crate::dispatch::callsite::Callsite;
use crate::dispatch::entry::Entry;
use crate::dispatch::interest::Interest;
use crate::dispatch::intern::enabled_entry;
use crate::dispatch::table::StartRecipients;
use crate::event::Event;
use crate::event::origin::Origin;
use crate::event::site::Site;
use crate::event::status::EventStatus;
use crate::kind::Kind;
use crate::value::data::Data;
use crate::value::event_data::EventData;

/// Broadcasts a mark of `kind` in the current scope. `data` is evaluated only if a listener wants
/// data.
pub fn broadcast_mark(kind: Kind, data: impl EventData) {
    if let Some(entry) = enabled_entry(kind) {
        if let Some(interest) = entry.interest_here() {
            broadcast(entry, None, interest, data);
        }
    }
}

impl Callsite {
    /// Does the same as [`broadcast_mark`], for code that has its own call site.
    #[inline]
    pub fn mark(&'static self, data: impl EventData) {
        if cfg!(feature = "off") || !self.is_enabled() {
            return;
        }
        if let Some(interest) = self.interest() {
            broadcast(self.entry(), Some(self.site()), interest, data);
        }
    }
}

#[cold]
fn broadcast(
    entry: &'static Entry,
    site: Option<&'static Site>,
    interest: Interest,
    data: impl EventData,
) {
    let origin = || Origin::new(super::source((entry, site)));
    let notify = |data: Data<'_>| notify(entry, origin(), interest, &data);
    if interest.wants_data() {
        data.with_data(notify);
    } else {
        notify(Data::default());
    }
}

fn notify(entry: &'static Entry, origin: Origin, interest: Interest, data: &Data<'_>) {
    let start = Event::borrowed(&origin, EventStatus::Start, data).of_mark();
    let start = ManuallyDrop::new(start); // it owns nothing
    let table = &entry.table;
    let last = table.read(|table, slot| table.notify_start(&start, slot, &interest));
    let Some(last @ 1..) = last else {
        return;
    };
    let end_origin = Origin {
        start_nanos: start.known_nanos(),
        ..origin
    };
    let end = Event::borrowed(&end_origin, EventStatus::End, data).of_mark();
    let end = ManuallyDrop::new(end.ending(None).with_clock(start.shared_clock()));
    let recipients = StartRecipients { last, interest };
    table.read(|table, slot| table.notify_end(&end, slot, &recipients, &[]));
}
