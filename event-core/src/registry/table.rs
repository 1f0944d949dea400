//! The listeners of one kind, and telling them.
//!
//! A table never changes; registering makes another. Whoever tells a table's listeners holds no
//! lock, so a listener may do anything.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::report;
use crate::event::Event;
use crate::filter::KindFilter;
use crate::listener::Listener;
use crate::site::Hearing;
use crate::sync::{AtomicU64, Ordering};
use crate::thread::{self, ThreadId};

/// One listener's being registered for one filter.
pub(crate) struct Registration {
    /// There until this is dropped.
    listener: Option<Arc<dyn Listener>>,
    /// Names the listener itself, however often it is registered.
    pub(super) identity: usize,
    pub(super) filter: KindFilter,
    /// Grows with each registration in the process.
    pub(super) number: u64,
    /// The only thread whose STARTs it hears.
    thread: Option<ThreadId>,
    wants_data: bool,
    /// The number of that thread, [`EVERY_THREAD`], or [`NO_THREAD`] once it is unregistered, so that
    /// a broadcast under way on another thread stops telling it.
    hears: AtomicU64,
}

const NO_THREAD: u64 = 0;
const EVERY_THREAD: u64 = u64::MAX;

impl Registration {
    pub(crate) fn new(
        listener: Arc<dyn Listener>,
        filter: KindFilter,
        number: u64,
        thread: Option<ThreadId>,
        wants_data: bool,
    ) -> Self {
        let identity = identity(&listener);
        let listener = Some(listener);
        let hears = AtomicU64::new(thread.map_or(EVERY_THREAD, ThreadId::as_u64));
        Self {
            listener,
            identity,
            filter,
            number,
            thread,
            wants_data,
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
        let hears = self.hears.load(Ordering::Acquire);
        hears == EVERY_THREAD || hears == thread.as_u64()
    }
}

impl Drop for Registration {
    /// Drops the listener, maybe in the middle of somebody's call: its panic is not theirs.
    fn drop(&mut self) {
        let listener = self.listener.take();
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(listener))) {
            report::drop_panicked(payload);
        }
    }
}

/// The address of a listener, which is its identity.
pub(crate) fn identity<L: Listener + ?Sized>(listener: &Arc<L>) -> usize {
    Arc::as_ptr(listener).cast::<()>().addr()
}

/// The registrations that a kind has, oldest first; there is at least one.
pub(crate) struct Table {
    registrations: Vec<Arc<Registration>>,
    /// Of the last registration.
    last: u64,
}

/// Who heard a START: the same are told of its END.
#[derive(Debug)]
pub(crate) struct Heard {
    /// The number of the last registration that there was.
    last: u64,
    /// The thread of the START.
    thread: ThreadId,
    /// Those passed over because they were running, and so triggered the START themselves.
    passed_over: Option<Box<[u64]>>,
}

impl Heard {
    #[inline]
    fn includes(&self, registration: &Registration) -> bool {
        registration.number <= self.last
            && registration.hears_starts_of(self.thread)
            && self
                .passed_over
                .as_ref()
                .is_none_or(|them| !them.contains(&registration.number))
    }
}

impl Table {
    /// Returns the table with `registrations`, or none if there is none.
    pub(super) fn new(registrations: Vec<Arc<Registration>>) -> Option<Arc<Self>> {
        let last = registrations.last()?.number;
        Some(Arc::new(Self {
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

    /// Tells everybody of a START; `None` when nobody heard it.
    ///
    /// A scope that may outlive the listener in whose call it began `is_loose`: then those passed
    /// over must be noted. Else they run at the END as well, and are passed over again.
    #[inline]
    pub(crate) fn tell_start(&self, event: &Event<'_>, is_loose: bool) -> Option<Heard> {
        let nested = is_loose && thread::running_listeners() > 0;
        let passed_over = if nested { Some(self.running()) } else { None };
        let thread = event.thread();
        let told = self.tell(event, |registration| registration.hears_starts_of(thread));
        told.then_some(Heard {
            last: self.last,
            thread,
            passed_over,
        })
    }

    /// Tells those who heard the START of its END.
    #[inline]
    pub(crate) fn tell_end(&self, event: &Event<'_>, heard: &Heard) {
        self.tell(event, |registration| heard.includes(registration));
    }

    /// Tells everybody of an event that stands alone.
    pub(crate) fn tell_all(&self, event: &Event<'_>) -> bool {
        self.tell(event, |registration| {
            registration.hears_starts_of(event.thread())
        })
    }

    #[cold]
    fn running(&self) -> Box<[u64]> {
        let running = self
            .registrations
            .iter()
            .filter(|one| thread::is_running(one.identity));
        running.map(|registration| registration.number).collect()
    }

    /// Tells `event` to the chosen registrations, and says whether there was any.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "the loop is the way of every event that is heard"
    )]
    fn tell(&self, event: &Event<'_>, chosen: impl Fn(&Registration) -> bool) -> bool {
        let depth = thread::running_listeners();
        let mut told = false;
        let mut left = self.registrations.iter();
        while let Err(payload) = catch_unwind(AssertUnwindSafe(|| {
            for registration in left.by_ref() {
                if chosen(registration) && thread::begin_listener(registration.identity) {
                    told = true;
                    if let Some(listener) = &registration.listener {
                        listener.notify(event);
                    }
                    thread::end_listeners(depth);
                }
            }
        })) {
            // The listener still counts as running, so that nothing of the report reaches it.
            report::listener_panicked(event, payload);
            thread::end_listeners(depth);
        }
        told
    }
}
