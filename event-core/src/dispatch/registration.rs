//! One registration of a listener for a filter.
//!
//! All calls of a listener go through [`Registration::call`], which catches the listener's panics.

#![expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "only a local listener needs the interest; as a value, each event would load it"
)]

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::interest::{Interest, level_of};
use super::listener_panic::{count_drop_panic, report_listener_panic};
use super::selection::Selection;
use crate::event::Event;
use crate::event::site::Site;
use crate::kind::filter::KindFilter;
use crate::listener::Listener;
use crate::sync::{AtomicU64, Ordering};
use crate::thread::hazard_slot::Slot;
use crate::thread::{ReceivedSessions, Session, is_tagged};

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
    /// The only sessions whose STARTs a local listener receives.
    sessions: ReceivedSessions,
    /// The level of the listener's [`Interest`].
    pub(super) level: u8,
    pub(super) wants_polls: bool,
    pub(super) wants_duration: bool,
    /// The functions whose events the listener receives; `None` for all functions of its kinds.
    selection: Option<Selection>,
    /// The only session, or [`EVERY_START`], or [`SOME_STARTS`] if there is a selection or a second
    /// session. Unregistering sets it to [`NO_START`], so that a broadcast in progress on another
    /// thread stops notifying the listener.
    receives: AtomicU64,
}

// None of these is the number of a session.
const NO_START: u64 = u64::MAX - 2;
const SOME_STARTS: u64 = u64::MAX - 1;
const EVERY_START: u64 = u64::MAX;

impl Registration {
    pub(super) fn new<L: Listener>(
        listener: Arc<L>,
        filter: KindFilter,
        sessions: ReceivedSessions,
    ) -> Self {
        let selection = Selection::new(&filter);
        let receives = match sessions {
            _ if selection.is_some() => SOME_STARTS,
            ReceivedSessions::ALL => EVERY_START,
            ReceivedSessions {
                own,
                entered: Session::NONE,
            } => own.as_u64(),
            _ => SOME_STARTS,
        };
        Self {
            identity: identity(&listener),
            selection,
            filter,
            number: 0,
            sessions,
            level: level_of(listener.wants_data(), listener.wants_end_data()),
            wants_polls: listener.wants_polls(),
            wants_duration: listener.wants_duration(),
            receives: AtomicU64::new(receives),
            listener: Box::new(listener),
        }
    }

    /// Stops new notifications. Returns whether the listener was registered until now.
    pub(super) fn end(&self) -> bool {
        // Release: pairs with the Acquire loads in `receives_start` and `receives_some`. A load
        // that sees this store also sees what this thread did before. After a load that misses it,
        // a broadcast in progress may still notify the listener.
        self.receives.swap(NO_START, Ordering::Release) != NO_START
    }

    /// Returns whether the listener is still registered and receives the START, in the
    /// session of `interest`, of the scope of `event`.
    #[inline(always)]
    pub(super) fn receives_start(&self, event: &Event<'_>, interest: &Interest) -> bool {
        // Acquire: pairs with the store in `end`.
        self.receives.load(Ordering::Acquire) == EVERY_START || self.receives_some(event, interest)
    }

    #[cold]
    #[inline(never)]
    fn receives_some(&self, event: &Event<'_>, interest: &Interest) -> bool {
        let session = interest.session();
        // Acquire: pairs with the store in `end`.
        match self.receives.load(Ordering::Acquire) {
            SOME_STARTS => {
                self.is_for_session(session)
                    && self.is_for_site(event.kind().as_str(), event.site())
            }
            only => only == session.as_u64(),
        }
    }

    /// Returns whether the listener was registered for the STARTs of one session only.
    pub(super) fn is_local(&self) -> bool {
        self.sessions != ReceivedSessions::ALL
    }

    /// Returns whether the listener was registered for the STARTs of `session`.
    pub(super) fn is_for_session(&self, session: Session) -> bool {
        self.sessions.contain(session)
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
