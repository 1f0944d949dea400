//! The table of listeners for one kind.
//!
//! A table is immutable. Registering a listener publishes a new table; broadcasts that already read
//! the old one finish with it. No lock is held while a listener runs, so a listener may do anything.

use std::sync::Arc;

use super::interest::Interest;
use super::registration::Registration;
use crate::event::{Event, EventStatus};
use crate::thread::ThreadId;
use crate::thread::hazard_slot::Slot;

/// The registrations of a kind, oldest first; at least one.
pub(crate) struct Table {
    /// The only registration, if it is for every thread: notifying it needs no further check.
    only: Option<Arc<Registration>>,
    registrations: Vec<Arc<Registration>>,
    /// The number of the last registration.
    last: u64,
}

/// The registrations that received a START: the same receive its END.
#[derive(Debug, Default)]
pub(crate) struct StartRecipients {
    /// The number of the last registration at the START; 0 if none received it.
    last: u64,
    /// Those that did not receive it because they were running, and so triggered it themselves.
    skipped: Option<Box<[u64]>>,
}

impl StartRecipients {
    /// Returns whether there is at least one.
    #[inline]
    pub(crate) const fn is_some(&self) -> bool {
        self.last != 0
    }

    /// Returns whether all registrations up to the one with number `last` are included.
    #[inline]
    const fn includes_all(&self, last: u64) -> bool {
        last <= self.last && self.skipped.is_none()
    }

    fn includes(&self, registration: &Registration) -> bool {
        let number = registration.number;
        let skipped = self.skipped.as_deref().unwrap_or_default();
        number <= self.last && !skipped.contains(&number)
    }
}

impl Table {
    /// Returns the table with `registrations`, or `None` if there are none.
    pub(super) fn new(registrations: Vec<Arc<Registration>>) -> Option<Arc<Self>> {
        let last = registrations.last()?.number;
        let only = match &*registrations {
            [only] if only.thread.is_none() => Some(Arc::clone(only)),
            _ => None,
        };
        Some(Arc::new(Self {
            only,
            registrations,
            last,
        }))
    }

    pub(super) fn registrations(&self) -> &[Arc<Registration>] {
        &self.registrations
    }

    /// Returns the interest for call sites of this kind, on any thread.
    pub(super) fn interest(&self) -> Interest {
        let mut registrations = self.registrations.iter();
        if registrations.clone().any(|one| one.thread.is_some()) {
            Interest::PerThread
        } else if registrations.any(|one| one.wants_data) {
            Interest::WithData
        } else {
            Interest::NoData
        }
    }

    /// Returns the interest in a START on this thread.
    pub(crate) fn interest_here(&self) -> Interest {
        let here = ThreadId::current();
        let mut interest = Interest::Never;
        for registration in &self.registrations {
            if registration.receives_starts_of(here) {
                if registration.wants_data {
                    return Interest::WithData;
                }
                interest = Interest::NoData;
            }
        }
        interest
    }

    /// Notifies all listeners of a START, and sets its recipients.
    ///
    /// `MAY_OUTLIVE_LISTENER`: the scope may end after the listener that started it has returned, so
    /// the skipped listeners must be noted. Otherwise they still run at the END and are skipped again.
    #[inline(always)]
    pub(crate) fn notify_start<const MAY_OUTLIVE_LISTENER: bool>(
        &self,
        event: &Event<'_>,
        slot: &Slot,
        recipients: &mut StartRecipients,
    ) {
        if slot.depth() > 0 {
            return self.notify_nested_start(event, slot, MAY_OUTLIVE_LISTENER, recipients);
        }
        let notified = match &self.only {
            Some(only) => {
                only.notify(event, slot);
                true
            }
            None => self.notify(event, slot, |one| one.receives_starts_of(event.thread())),
        };
        if notified {
            recipients.last = self.last;
        }
    }

    #[cold]
    fn notify_nested_start(
        &self,
        event: &Event<'_>,
        slot: &Slot,
        may_outlive_listener: bool,
        recipients: &mut StartRecipients,
    ) {
        if may_outlive_listener {
            recipients.skipped = Some(self.running(slot.depth()));
        }
        if self.notify_all(event, slot) {
            recipients.last = self.last;
        }
    }

    /// Notifies the recipients of the START, which was on `thread`, of its END.
    #[inline(always)]
    pub(crate) fn notify_end(
        &self,
        event: &Event<'_>,
        slot: &Slot,
        recipients: &StartRecipients,
        thread: ThreadId,
    ) {
        match &self.only {
            Some(only) if slot.depth() == 0 && recipients.includes_all(self.last) => {
                only.notify(event, slot);
            }
            _ => self.notify_recipients(event, slot, recipients, thread),
        }
    }

    #[inline(never)]
    fn notify_recipients(
        &self,
        event: &Event<'_>,
        slot: &Slot,
        recipients: &StartRecipients,
        thread: ThreadId,
    ) {
        self.notify(event, slot, |one| {
            one.receives_starts_of(thread) && recipients.includes(one)
        });
    }

    /// Returns whether a listener wants to be notified of polls.
    pub(crate) fn wants_polls(&self) -> bool {
        self.registrations.iter().any(|one| one.wants_polls)
    }

    /// Notifies those recipients of a future's START that want it that a poll starts or ends.
    #[cold]
    pub(crate) fn notify_poll(
        &self,
        start: &Event<'_>,
        slot: &Slot,
        recipients: &StartRecipients,
        status: EventStatus,
    ) {
        let thread = start.thread();
        let wants = |one: &Registration| {
            one.wants_polls && one.receives_starts_of(thread) && recipients.includes(one)
        };
        let depth = slot.depth();
        for one in self.registrations.iter().filter(|one| wants(one)) {
            if !one.is_running(depth) {
                one.call(start, slot, |listener| listener.on_poll(start.id(), status));
            }
        }
    }

    /// Notifies all listeners of an event that belongs to no scope. Returns whether there was one.
    pub(crate) fn notify_all(&self, event: &Event<'_>, slot: &Slot) -> bool {
        let thread = event.thread();
        self.notify(event, slot, |one| one.receives_starts_of(thread))
    }

    #[cold]
    fn running(&self, depth: usize) -> Box<[u64]> {
        let running = self
            .registrations
            .iter()
            .filter(|one| one.is_running(depth));
        running.map(|registration| registration.number).collect()
    }

    /// Notifies the chosen registrations, except those whose listeners are running. Returns whether
    /// there was one.
    #[inline(always)]
    fn notify(
        &self,
        event: &Event<'_>,
        slot: &Slot,
        chosen: impl Fn(&Registration) -> bool,
    ) -> bool {
        let depth = slot.depth();
        let mut notified = false;
        for registration in &self.registrations {
            if chosen(registration) && !registration.is_running(depth) {
                registration.notify(event, slot);
                notified = true;
            }
        }
        notified
    }
}
