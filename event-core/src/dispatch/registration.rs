//! One listener registered for one filter, and calling the listener.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::listener_panic::{count_drop_panic, report_listener_panic};
use crate::event::Event;
use crate::kind::filter::KindFilter;
use crate::listener::Listener;
use crate::sync::{AtomicU64, Ordering};
use crate::thread::hazard_slot::Slot;
use crate::thread::{ThreadId, is_tagged};

/// A listener registered for a filter.
pub(crate) struct Registration {
    /// The user's `Arc`, boxed: so the listener is found where the pointer points.
    listener: Box<dyn Listener>,
    /// Identifies the listener, however often it is registered.
    pub(super) identity: usize,
    pub(super) filter: KindFilter,
    /// Grows with each registration in the process, from one.
    pub(super) number: u64,
    /// The only thread whose STARTs it receives.
    pub(super) thread: Option<ThreadId>,
    pub(super) wants_data: bool,
    pub(super) wants_polls: bool,
    /// The number of that thread, [`EVERY_THREAD`], or [`NO_THREAD`] once the listener is
    /// unregistered, so that a broadcast in progress on another thread stops notifying it.
    receives_from: AtomicU64,
}

const NO_THREAD: u64 = 0;
const EVERY_THREAD: u64 = u64::MAX;

impl Registration {
    pub(super) fn new<L: Listener>(
        listener: Arc<L>,
        filter: KindFilter,
        thread: Option<ThreadId>,
    ) -> Self {
        Self {
            identity: identity(&listener),
            filter,
            number: 0,
            thread,
            wants_data: listener.wants_data(),
            wants_polls: listener.wants_polls(),
            receives_from: AtomicU64::new(thread.map_or(EVERY_THREAD, ThreadId::as_u64)),
            listener: Box::new(listener),
        }
    }

    /// Stops notifications from now on.
    pub(super) fn end(&self) {
        // Release: pairs with the Acquire loads in `receives_starts_of` and `receives_only`. A
        // thread that finds the listener unregistered also sees what the unregistering thread did
        // before. A thread that does not may notify the listener once more.
        self.receives_from.store(NO_THREAD, Ordering::Release);
    }

    /// Returns whether it is still registered, and receives the STARTs of `thread`.
    #[inline]
    pub(super) fn receives_starts_of(&self, thread: ThreadId) -> bool {
        self.receives_from.load(Ordering::Acquire) == EVERY_THREAD || self.receives_only(thread)
    }

    #[cold]
    fn receives_only(&self, thread: ThreadId) -> bool {
        self.receives_from.load(Ordering::Acquire) == thread.as_u64()
    }

    /// Returns whether the listener is one of those that run on this thread, `depth` of them.
    #[inline(always)]
    pub(super) fn is_running(&self, depth: usize) -> bool {
        depth > 0 && is_tagged(self.identity, depth)
    }

    /// Notifies the listener, which must not be running.
    #[inline(always)]
    pub(super) fn notify(&self, event: &Event<'_>, slot: &Slot) {
        self.call(event, slot, |listener| listener.notify(event));
    }

    /// Calls the listener, which must not be running, because of `event`.
    #[inline(always)]
    pub(super) fn call(&self, event: &Event<'_>, slot: &Slot, call: impl FnOnce(&dyn Listener)) {
        slot.set_tag(self.identity);
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| call(&*self.listener))) {
            // The listener still counts as running, so it receives no event of the report.
            report_listener_panic(event, payload);
        }
    }
}

impl Drop for Registration {
    /// Drops the listener. This may happen during an unrelated broadcast, so a panic in its `Drop`
    /// is caught and counted.
    fn drop(&mut self) {
        let listener = mem::replace(&mut self.listener, Box::new(Dropped));
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(listener))) {
            count_drop_panic(payload);
        }
    }
}

/// Replaces a listener that is dropped.
struct Dropped;

impl Listener for Dropped {
    fn on_start(&self, _: &Event<'_>) {}
    fn on_end(&self, _: &Event<'_>) {}
}

/// Returns the address of a listener, which is its identity.
pub(super) fn identity<L: Listener>(listener: &Arc<L>) -> usize {
    Arc::as_ptr(listener).cast::<()>().addr()
}
