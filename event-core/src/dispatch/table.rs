//! The listeners of one kind, and telling them.
//!
//! A table never changes; registering makes another. Whoever tells a table's listeners holds no
//! lock, so a listener may do anything.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::listener_panic as report;
use crate::event::site::Hearing;
use crate::event::{Event, EventStatus};
use crate::kind::filter::KindFilter;
use crate::listener::Listener;
use crate::sync::{AtomicU64, Ordering};
use crate::thread::hazard_slot::Slot;
use crate::thread::{self, ThreadId};

/// One listener's being registered for one filter.
pub(crate) struct Registration {
    /// The user's `Arc`, boxed: so it is where the pointer points.
    listener: Box<dyn Listener>,
    /// Names the listener itself, however often it is registered.
    pub(super) identity: usize,
    pub(super) filter: KindFilter,
    /// Grows with each registration in the process, from one.
    pub(super) number: u64,
    /// The only thread whose STARTs it hears.
    thread: Option<ThreadId>,
    wants_data: bool,
    wants_polls: bool,
    /// The number of that thread, [`EVERY_THREAD`], or [`NO_THREAD`] once it is unregistered, so that
    /// a broadcast under way on another thread stops telling it.
    hears: AtomicU64,
}

const NO_THREAD: u64 = 0;
const EVERY_THREAD: u64 = u64::MAX;

impl Registration {
    pub(super) fn new<L: Listener>(
        listener: Arc<L>,
        filter: KindFilter,
        thread: Option<ThreadId>,
    ) -> Self {
        let identity = identity(&listener);
        let (wants_data, wants_polls) = (listener.wants_data(), listener.wants_polls());
        let hears = AtomicU64::new(thread.map_or(EVERY_THREAD, ThreadId::as_u64));
        Self {
            listener: Box::new(listener),
            identity,
            filter,
            number: 0,
            thread,
            wants_data,
            wants_polls,
            hears,
        }
    }

    pub(super) fn end(&self) {
        // Release, with the Acquire below: who finds it so also sees what the thread that
        // unregistered had done before.
        self.hears.store(NO_THREAD, Ordering::Release);
    }

    /// Whether it is still registered, and hears what `thread` starts.
    #[inline]
    fn hears_starts_of(&self, thread: ThreadId) -> bool {
        self.hears.load(Ordering::Acquire) == EVERY_THREAD || self.hears_only(thread)
    }

    /// Whether it is one of the listeners that are running on this thread, `depth` of them.
    #[inline(always)]
    fn is_running(&self, depth: usize) -> bool {
        depth > 0 && thread::is_running(self.identity, depth)
    }

    /// Tells the listener, which is not running.
    #[inline(always)]
    fn tell(&self, event: &Event<'_>, slot: &Slot) {
        self.call(event, slot, |listener| listener.notify(event));
    }

    /// Calls the listener, which is not running, because of `event`.
    #[inline(always)]
    fn call(&self, event: &Event<'_>, slot: &Slot, tell: impl FnOnce(&dyn Listener)) {
        slot.set_listener(self.identity);
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| tell(&*self.listener))) {
            // The listener still counts as running, so that nothing of the report reaches it.
            report::listener_panicked(event, payload);
        }
    }

    #[cold]
    fn hears_only(&self, thread: ThreadId) -> bool {
        self.hears.load(Ordering::Acquire) == thread.as_u64()
    }
}

impl Drop for Registration {
    /// Drops the listener, maybe in the middle of somebody's call: its panic is not theirs.
    fn drop(&mut self) {
        let listener = mem::replace(&mut self.listener, Box::new(Gone));
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(listener))) {
            report::drop_panicked(payload);
        }
    }
}

/// Stands for a listener that is dropped.
struct Gone;

impl Listener for Gone {
    fn on_start(&self, _: &Event<'_>) {}
    fn on_end(&self, _: &Event<'_>) {}
}

/// The address of a listener, which is its identity.
pub(super) fn identity<L: Listener>(listener: &Arc<L>) -> usize {
    Arc::as_ptr(listener).cast::<()>().addr()
}

/// The registrations that a kind has, oldest first; there is at least one.
pub(crate) struct Table {
    /// The only one, if it hears every thread: nothing need be asked then.
    only: Option<Arc<Registration>>,
    registrations: Vec<Arc<Registration>>,
    /// Of the last registration.
    last: u64,
}

/// Who heard a START: the same are told of its END.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    /// The number of the last registration that there was; 0 if nobody heard it.
    last: u64,
    /// Those passed over because they were running, and so triggered the START themselves.
    passed_over: Option<Box<[u64]>>,
}

impl Heard {
    #[inline]
    pub(crate) const fn is_somebody(&self) -> bool {
        self.last != 0
    }

    /// Whether all up to the one of number `last` heard it.
    #[inline]
    const fn is_everybody(&self, last: u64) -> bool {
        last <= self.last && self.passed_over.is_none()
    }

    fn includes(&self, registration: &Registration) -> bool {
        let number = registration.number;
        let passed_over = self.passed_over.as_deref().unwrap_or_default();
        number <= self.last && !passed_over.contains(&number)
    }
}

impl Table {
    /// Returns the table with `registrations`, or none if there is none.
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

    /// What call sites of this kind are to do, on any thread.
    pub(super) fn hearing(&self) -> Hearing {
        if self
            .registrations
            .iter()
            .any(|registration| registration.thread.is_some())
        {
            Hearing::Ask
        } else if self
            .registrations
            .iter()
            .any(|registration| registration.wants_data)
        {
            Hearing::Data
        } else {
            Hearing::Bare
        }
    }

    /// What a START on this thread is to do.
    pub(crate) fn hearing_here(&self) -> Hearing {
        let here = ThreadId::current();
        let mut hearing = Hearing::Nobody;
        for registration in &self.registrations {
            if registration.hears_starts_of(here) {
                if registration.wants_data {
                    return Hearing::Data;
                }
                hearing = Hearing::Bare;
            }
        }
        hearing
    }

    /// Tells everybody of a START, and sets who heard it.
    ///
    /// A scope that may outlive the listener in whose call it began `IS_LOOSE`: then those passed
    /// over must be noted. Else they run at the END as well, and are passed over again.
    #[inline(always)]
    pub(crate) fn tell_start<const IS_LOOSE: bool>(
        &self,
        event: &Event<'_>,
        slot: &Slot,
        heard: &mut Heard,
    ) {
        if slot.depth() > 0 {
            return self.tell_nested_start(event, slot, IS_LOOSE, heard);
        }
        let told = match &self.only {
            Some(only) => {
                only.tell(event, slot);
                true
            }
            None => self.tell(event, slot, |one| one.hears_starts_of(event.thread())),
        };
        if told {
            heard.last = self.last;
        }
    }

    #[cold]
    fn tell_nested_start(&self, event: &Event<'_>, slot: &Slot, is_loose: bool, heard: &mut Heard) {
        if is_loose {
            heard.passed_over = Some(self.running(slot.depth()));
        }
        if self.tell_all(event, slot) {
            heard.last = self.last;
        }
    }

    /// Tells those who heard the START, which was on `thread`, of its END.
    #[inline(always)]
    pub(crate) fn tell_end(&self, event: &Event<'_>, slot: &Slot, heard: &Heard, thread: ThreadId) {
        match &self.only {
            Some(only) if slot.depth() == 0 && heard.is_everybody(self.last) => {
                only.tell(event, slot);
            }
            _ => self.tell_some(event, slot, heard, thread),
        }
    }

    #[inline(never)]
    fn tell_some(&self, event: &Event<'_>, slot: &Slot, heard: &Heard, thread: ThreadId) {
        self.tell(event, slot, |one| {
            one.hears_starts_of(thread) && heard.includes(one)
        });
    }

    /// Whether anybody is to be told of polls.
    pub(crate) fn wants_polls(&self) -> bool {
        self.registrations.iter().any(|one| one.wants_polls)
    }

    /// Tells those who heard the future's START and want to know that a poll begins, or is over.
    #[cold]
    pub(crate) fn tell_poll(
        &self,
        start: &Event<'_>,
        slot: &Slot,
        heard: &Heard,
        status: EventStatus,
    ) {
        let (future, thread) = (start.id(), start.thread());
        let wants = |one: &Registration| {
            one.wants_polls && one.hears_starts_of(thread) && heard.includes(one)
        };
        let depth = slot.depth();
        for one in self.registrations.iter().filter(|one| wants(one)) {
            if !one.is_running(depth) {
                one.call(start, slot, |listener| listener.on_poll(future, status));
            }
        }
    }

    /// Tells everybody of an event that stands alone, and says whether there was anybody.
    pub(crate) fn tell_all(&self, event: &Event<'_>, slot: &Slot) -> bool {
        let thread = event.thread();
        self.tell(event, slot, |one| one.hears_starts_of(thread))
    }

    #[cold]
    fn running(&self, depth: usize) -> Box<[u64]> {
        let running = self
            .registrations
            .iter()
            .filter(|one| thread::is_running(one.identity, depth));
        running.map(|registration| registration.number).collect()
    }

    /// Tells `event` to the chosen registrations, but for the listeners that are running, and says
    /// whether there was any.
    #[inline(always)]
    fn tell(&self, event: &Event<'_>, slot: &Slot, chosen: impl Fn(&Registration) -> bool) -> bool {
        let depth = slot.depth();
        let mut told = false;
        for registration in &self.registrations {
            if chosen(registration) && !registration.is_running(depth) {
                registration.tell(event, slot);
                told = true;
            }
        }
        told
    }
}
