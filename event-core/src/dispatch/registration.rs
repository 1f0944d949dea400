//! One registration of a listener for a filter.
//!
//! All calls of a listener go through [`Registration::call`], which catches the listener's panics.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::interest::Interest;
use super::listener_panic::{count_drop_panic, report_listener_panic};
use super::selection::Selection;
use crate::event::Event;
use crate::event::site::Site;
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
    pub(super) wants_duration: bool,
    /// The functions whose events the listener receives; `None` for all functions of its kinds.
    selection: Option<Selection>,
    /// The number of `thread`, or [`EVERY_THREAD`], or [`SELECTED`] if there is a selection.
    /// Unregistering sets it to [`NO_THREAD`], so that a broadcast in progress on another thread
    /// stops notifying the listener.
    receives_from: AtomicU64,
}

const NO_THREAD: u64 = 0;
const EVERY_THREAD: u64 = u64::MAX;
const SELECTED: u64 = u64::MAX - 1;

impl Registration {
    pub(super) fn new<L: Listener>(
        listener: Arc<L>,
        filter: KindFilter,
        thread: Option<ThreadId>,
    ) -> Self {
        let selection = Selection::new(&filter);
        let receives_from = if selection.is_some() {
            SELECTED
        } else {
            thread.map_or(EVERY_THREAD, ThreadId::as_u64)
        };
        Self {
            identity: identity(&listener),
            selection,
            filter,
            number: 0,
            thread,
            interest: Interest::of_listener(listener.wants_data(), listener.wants_end_data()),
            wants_polls: listener.wants_polls(),
            wants_duration: listener.wants_duration(),
            receives_from: AtomicU64::new(receives_from),
            listener: Box::new(listener),
        }
    }

    /// Stops new notifications. Returns whether the listener was registered until now.
    pub(super) fn end(&self) -> bool {
        // Release: pairs with the Acquire loads in `receives_start` and `receives_some`. A load
        // that sees this store also sees what this thread did before. After a load that misses it,
        // a broadcast in progress may still notify the listener.
        self.receives_from.swap(NO_THREAD, Ordering::Release) != NO_THREAD
    }

    /// Returns whether the listener is still registered and receives the START, on `thread`, of the
    /// scope of `event`.
    #[inline]
    pub(super) fn receives_start(&self, event: &Event<'_>, thread: ThreadId) -> bool {
        // Acquire: pairs with the store in `end`.
        self.receives_from.load(Ordering::Acquire) == EVERY_THREAD
            || self.receives_some(event, thread)
    }

    /// Does the same as [`receives_start`](Self::receives_start) for an event on the thread of the
    /// START.
    #[inline(always)]
    pub(super) fn receives_own(&self, event: &Event<'_>) -> bool {
        // Acquire: pairs with the store in `end`.
        self.receives_from.load(Ordering::Acquire) == EVERY_THREAD || self.receives_some_own(event)
    }

    #[cold]
    #[inline(never)]
    fn receives_some_own(&self, event: &Event<'_>) -> bool {
        self.receives_some(event, event.thread())
    }

    #[cold]
    fn receives_some(&self, event: &Event<'_>, thread: ThreadId) -> bool {
        // Acquire: pairs with the store in `end`.
        match self.receives_from.load(Ordering::Acquire) {
            SELECTED => {
                self.is_for_thread(thread) && self.is_for_site(event.kind().as_str(), event.site())
            }
            receives_from => receives_from == thread.as_u64(),
        }
    }

    /// Returns whether the listener was registered for the STARTs of `thread`.
    pub(super) fn is_for_thread(&self, thread: ThreadId) -> bool {
        self.thread.is_none_or(|only| only == thread)
    }

    /// Returns whether the filter, which matches `kind`, also matches the events of `site`.
    pub(super) fn is_for_site(&self, kind: &str, site: Option<&'static Site>) -> bool {
        let selection = self.selection.as_ref();
        selection.is_none_or(|selection| selection.contains(&self.filter, kind, site))
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
