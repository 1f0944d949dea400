//! One registration of a listener for a filter.
//!
//! All calls of a listener go through [`Registration::call`], which catches the listener's panics.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::interest::Interest;
use super::listener_panic::{count_drop_panic, report_listener_panic};
use crate::event::Event;
use crate::kind::filter::KindFilter;
use crate::listener::Listener;
use crate::sync::{AtomicU64, Ordering};
use crate::thread::hazard_slot::Slot;
use crate::thread::{ThreadId, is_tagged};

/// A listener registered for a filter.
pub(crate) struct Registration {
    /// The user's `Arc` in a box. An `Arc<dyn Listener>` would compute the address of the listener
    /// from its alignment in each call.
    listener: Box<dyn Listener>,
    /// Identifies the listener: all registrations of one `Arc` have the same identity.
    pub(super) identity: usize,
    pub(super) filter: KindFilter,
    /// The number of the registration. Registrations are numbered from one, in order.
    pub(super) number: u64,
    /// The only thread whose STARTs the listener receives; `None` for every thread.
    pub(super) thread: Option<ThreadId>,
    /// `NoData`, `StartData` or `WithData`.
    pub(super) interest: Interest,
    pub(super) wants_polls: bool,
    /// The number of `thread`, or [`EVERY_THREAD`]. Unregistering sets it to [`NO_THREAD`], so that
    /// a broadcast in progress on another thread stops notifying the listener.
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
            interest: Interest::of_listener(listener.wants_data(), listener.wants_end_data()),
            wants_polls: listener.wants_polls(),
            receives_from: AtomicU64::new(thread.map_or(EVERY_THREAD, ThreadId::as_u64)),
            listener: Box::new(listener),
        }
    }

    /// Stops new notifications.
    pub(super) fn end(&self) {
        // Release: pairs with the Acquire loads in `receives_starts_of` and `receives_only`. A load
        // that sees this store also sees what this thread did before. After a load that misses it,
        // a broadcast in progress may still notify the listener.
        self.receives_from.store(NO_THREAD, Ordering::Release);
    }

    /// Returns whether the listener is still registered and receives the STARTs of `thread`.
    #[inline]
    pub(super) fn receives_starts_of(&self, thread: ThreadId) -> bool {
        // Acquire: pairs with the store in `end`.
        self.receives_from.load(Ordering::Acquire) == EVERY_THREAD || self.receives_only(thread)
    }

    #[cold]
    fn receives_only(&self, thread: ThreadId) -> bool {
        // Acquire: pairs with the store in `end`.
        self.receives_from.load(Ordering::Acquire) == thread.as_u64()
    }

    /// Returns whether the listener is running in one of the `depth` reads that enclose the current
    /// one.
    #[inline(always)]
    pub(super) fn is_running(&self, depth: usize) -> bool {
        depth > 0 && is_tagged(self.identity, depth)
    }

    /// Notifies the listener, which must not be running.
    #[inline(always)]
    pub(super) fn notify(&self, event: &Event<'_>, slot: &Slot) {
        self.call(event, slot, |listener| listener.notify(event));
    }

    /// Runs `call` with the listener, which must not be running. Reports its panic with `event`.
    #[inline(always)]
    pub(super) fn call(&self, event: &Event<'_>, slot: &Slot, call: impl FnOnce(&dyn Listener)) {
        slot.set_tag(self.identity);
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| call(&*self.listener))) {
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

/// Takes the place of a listener that is being dropped.
struct Dropped;

impl Listener for Dropped {
    fn on_start(&self, _: &Event<'_>) {}
    fn on_end(&self, _: &Event<'_>) {}
}

/// Returns the address of a listener, which is its identity.
pub(super) fn identity<L: Listener>(listener: &Arc<L>) -> usize {
    Arc::as_ptr(listener).cast::<()>().addr()
}
