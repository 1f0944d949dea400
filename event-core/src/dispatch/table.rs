//! The table of listeners for one kind.
//!
//! A table is immutable. Registering a listener publishes a new table; broadcasts that already read
//! the old one finish with it. No lock is held while a listener runs, so a listener may register
//! others.

use std::sync::Arc;

use super::interest::Interest;
use super::registration::Registration;
use crate::event::{Event, EventStatus};
use crate::thread::ThreadId;
use crate::thread::hazard_slot::Slot;

/// The registrations of a kind. There is at least one.
pub(crate) struct Table {
    /// The registration, if it is the only one and receives the events of every thread. It is
    /// notified without further checks, even if it was unregistered after the broadcast read the
    /// table.
    only: Option<Arc<Registration>>,
    /// Oldest first.
    registrations: Vec<Arc<Registration>>,
    /// The number of the last registration.
    last: u64,
}

/// The registrations that received a START. Only they receive its END.
#[derive(Debug, Default)]
pub(crate) struct StartRecipients {
    /// The number of the last registration at the time of the START; 0 if none received the START.
    last: u64,
    /// The numbers of the registrations that were skipped because their listeners were running, and
    /// so had triggered the START themselves.
    skipped: Option<Box<[u64]>>,
}

impl StartRecipients {
    /// Returns whether there is at least one recipient.
    #[inline]
    pub(crate) const fn is_some(&self) -> bool {
        self.last != 0
    }

    /// Returns whether all registrations up to number `last` are recipients.
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
    /// Creates a table with `registrations`. Returns `None` if there are none.
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

    /// Returns the interest to cache in the call sites of this kind, for all threads.
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

    /// Notifies all listeners of a START and sets `recipients`.
    ///
    /// A listener that is running is skipped, because it started the scope itself.
    ///
    /// `MAY_OUTLIVE_LISTENER` means that the scope may end after that listener has returned. The
    /// skipped listeners are then recorded, because the END must skip them too. In other scopes,
    /// these listeners are still running at the END, which skips them for that reason.
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

    /// Notifies the `recipients` of a START of its END. The START was emitted on `thread`.
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

    /// Notifies listeners of the start or end of a poll: the recipients of the future's START that
    /// want polls.
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

    /// Notifies all listeners of an event, without recording the recipients. Returns whether at
    /// least one listener was notified.
    pub(crate) fn notify_all(&self, event: &Event<'_>, slot: &Slot) -> bool {
        let thread = event.thread();
        self.notify(event, slot, |one| one.receives_starts_of(thread))
    }

    /// Returns the numbers of the registrations whose listeners are running.
    #[cold]
    fn running(&self, depth: usize) -> Box<[u64]> {
        let running = self
            .registrations
            .iter()
            .filter(|one| one.is_running(depth));
        running.map(|registration| registration.number).collect()
    }

    /// Notifies the registrations for which `chosen` returns true, except those whose listeners are
    /// running. Returns whether at least one was notified.
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
