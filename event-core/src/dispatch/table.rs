//! The table of listeners for one kind.
//!
//! A table is immutable. Registering a listener publishes a new table; broadcasts that already read
//! the old one finish with it. No lock is held while a listener runs, so a listener may register
//! others.

#![expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "only a local listener needs the interest; as a value, each event would load it"
)]

use std::sync::Arc;

use super::interest::Interest;
use super::interest_cell::CachedInterest;
use super::registration::Registration;
use crate::event::Event;
use crate::event::site::Site;
use crate::event::status::EventStatus;
use crate::thread::hazard_slot::Slot;
use crate::thread::session;

/// The registrations of a kind. There is at least one.
pub(crate) struct Table {
    /// The oldest registration, apart from the others, because most kinds have only one.
    first: Arc<Registration>,
    /// Oldest first.
    others: Box<[Arc<Registration>]>,
    /// The number of the last registration.
    last: u64,
    /// Whether a listener wants durations.
    wants_duration: bool,
    /// Whether a listener wants to be notified of polls.
    wants_polls: bool,
    /// Whether `first` is the only registration, and its listener wants no durations.
    is_simple: bool,
}

/// The registrations that received a START. Only they receive its END.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StartRecipients {
    /// The number of the last registration at the time of the START; 0 if no listener received it.
    pub(crate) last: u64,
    /// The interest in the START.
    pub(crate) interest: Interest,
}

impl StartRecipients {
    #[inline(always)]
    fn include(&self, event: &Event<'_>, registration: &Registration) -> bool {
        registration.number <= self.last && registration.receives_start(event, &self.interest)
    }
}

impl Table {
    /// Creates a table with `registrations`. Returns `None` if there are none.
    pub(super) fn new(registrations: Vec<Arc<Registration>>) -> Option<Arc<Self>> {
        let last = registrations.last()?.number;
        let wants_duration = registrations.iter().any(|one| one.wants_duration);
        let wants_polls = registrations.iter().any(|one| one.wants_polls);
        let is_simple = registrations.len() == 1 && !wants_duration;
        let mut registrations = registrations.into_iter();
        Some(Arc::new(Self {
            first: registrations.next()?,
            others: registrations.collect(),
            last,
            wants_duration,
            wants_polls,
            is_simple,
        }))
    }

    /// Returns the registrations, oldest first.
    pub(super) fn registrations(&self) -> impl Iterator<Item = &Arc<Registration>> + Clone {
        std::iter::once(&self.first).chain(&self.others)
    }

    /// Returns the interest to cache in a call site of `kind`, for all threads.
    pub(super) fn interest(&self, kind: &str, site: Option<&'static Site>) -> CachedInterest {
        let registrations = self.registrations();
        let receiving = registrations.filter(|one| one.is_for_site(kind, site));
        let local = receiving.clone().filter(|one| one.is_local());
        match local.count() {
            0 => {}
            count if count == receiving.clone().count() => return CachedInterest::LocalOnly,
            _ => return CachedInterest::PerSession,
        }
        let level = receiving.fold(0, |level, one| one.level.max(level));
        CachedInterest::from_u8(level)
    }

    /// Returns the interest in a START of `site` on this thread; `None` if no listener receives it.
    pub(super) fn interest_here(
        &self,
        kind: &str,
        site: Option<&'static Site>,
    ) -> Option<Interest> {
        let session = session();
        let registrations = self.registrations();
        let receiving =
            registrations.filter(|one| one.is_for_session(session) && one.is_for_site(kind, site));
        let level = receiving.fold(0, |level, one| one.level.max(level));
        Interest::of_level(level).map(|interest| interest.in_session(session))
    }

    /// Notifies all listeners of a START. Returns the number of the last registration, or 0 if no
    /// listener was notified.
    ///
    /// A listener that is running is skipped, because it started the scope itself. If the scope may
    /// end after that listener has returned, the END must skip it too: see [`Table::running`].
    /// Otherwise the listener is still running at the END, which skips it for that reason.
    ///
    /// If a listener wants durations, this reads the clock of `event` after all listeners have run,
    /// so that their work does not count as time of the scope.
    #[inline(always)]
    pub(crate) fn notify_start(&self, event: &Event<'_>, slot: &Slot, interest: &Interest) -> u64 {
        if slot.depth() == 0 {
            self.notify_outermost_start(event, slot, interest)
        } else {
            self.notify_nested_start(event, slot, interest)
        }
    }

    #[cold]
    #[inline(never)]
    fn notify_nested_start(&self, event: &Event<'_>, slot: &Slot, interest: &Interest) -> u64 {
        let notified = self.notify_all(event, slot, interest);
        if self.wants_duration {
            event.nanos();
        }
        if notified { self.last } else { 0 }
    }

    /// Does the same as [`notify_start`](Self::notify_start) in an outermost read: no listener is
    /// running on this thread.
    #[inline(always)]
    pub(crate) fn notify_outermost_start(
        &self,
        event: &Event<'_>,
        slot: &Slot,
        interest: &Interest,
    ) -> u64 {
        let mut last = 0;
        if self.first.receives_start(event, interest) {
            self.first.notify(event, slot);
            last = self.last;
        }
        if !self.is_simple {
            for one in &self.others {
                if one.receives_start(event, interest) {
                    one.notify(event, slot);
                    last = self.last;
                }
            }
            if self.wants_duration {
                event.nanos();
            }
        }
        last
    }

    /// Notifies the `recipients` of a START of its END, except those with the numbers `skipped`.
    /// These were skipped at the START because their listeners were running, and so had triggered
    /// the START themselves.
    #[inline(always)]
    pub(crate) fn notify_end(
        &self,
        event: &Event<'_>,
        slot: &Slot,
        recipients: &StartRecipients,
        skipped: &[u64],
    ) {
        if slot.depth() == 0 && skipped.is_empty() {
            self.notify_outermost_end(event, slot, recipients);
        } else {
            self.notify_nested_end(event, slot, recipients, skipped);
        }
    }

    #[cold]
    #[inline(never)]
    fn notify_nested_end(
        &self,
        event: &Event<'_>,
        slot: &Slot,
        recipients: &StartRecipients,
        skipped: &[u64],
    ) {
        let depth = slot.depth();
        self.notify(event, slot, |one| {
            recipients.include(event, one)
                && !skipped.contains(&one.number)
                && !one.is_running(depth)
        });
    }

    /// Does the same as [`notify_end`](Self::notify_end) in an outermost read, if no listener was
    /// skipped.
    #[inline(always)]
    pub(crate) fn notify_outermost_end(
        &self,
        event: &Event<'_>,
        slot: &Slot,
        recipients: &StartRecipients,
    ) {
        self.notify(event, slot, |one| recipients.include(event, one));
    }

    /// Returns whether a listener wants to be notified of polls.
    pub(crate) const fn wants_polls(&self) -> bool {
        self.wants_polls
    }

    /// Returns whether a listener wants durations.
    pub(crate) const fn wants_duration(&self) -> bool {
        self.wants_duration
    }

    /// Notifies listeners of the start or end of a poll: the recipients of the future's START that
    /// want polls.
    #[cold]
    pub(crate) fn notify_poll(
        &self,
        start: &Event<'_>,
        slot: &Slot,
        recipients: &StartRecipients,
        skipped: &[u64],
        status: EventStatus,
    ) {
        let depth = slot.depth();
        let wants = |one: &&Arc<Registration>| {
            one.wants_polls
                && recipients.include(start, one)
                && !skipped.contains(&one.number)
                && !one.is_running(depth)
        };
        for one in self.registrations().filter(wants) {
            one.call(start, slot, |listener| listener.on_poll(start.id(), status));
        }
    }

    /// Notifies all listeners of an event, which has the session of `interest`, except those that
    /// are running. Returns whether at least one was notified.
    #[inline(never)]
    pub(crate) fn notify_all(&self, event: &Event<'_>, slot: &Slot, interest: &Interest) -> bool {
        let depth = slot.depth();
        self.notify(event, slot, |one| {
            one.receives_start(event, interest) && !one.is_running(depth)
        })
    }

    /// Returns the numbers of the registrations whose listeners are running in one of the `depth`
    /// outermost reads.
    #[cold]
    pub(crate) fn running(&self, depth: usize) -> Box<[u64]> {
        let registrations = self.registrations();
        let running = registrations.filter(|one| one.is_running(depth));
        running.map(|registration| registration.number).collect()
    }

    /// Notifies the registrations for which `chosen` returns true. Returns whether at least one was
    /// notified.
    #[inline(always)]
    fn notify(
        &self,
        event: &Event<'_>,
        slot: &Slot,
        chosen: impl Fn(&Registration) -> bool,
    ) -> bool {
        let is_first_notified = chosen(&self.first);
        if is_first_notified {
            self.first.notify(event, slot);
        }
        let mut notified = is_first_notified;
        for registration in &self.others {
            if chosen(registration) {
                registration.notify(event, slot);
                notified = true;
            }
        }
        notified
    }
}
