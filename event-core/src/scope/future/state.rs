//! The state of an enabled future, and the future whose first poll is in progress.

use std::cell::Cell;
use std::mem::{self, ManuallyDrop};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::dispatch::callsite::Callsite;
use crate::dispatch::interest::Interest;
use crate::event::EventStatus;
use crate::scope::detached::DetachedScope;
use crate::thread::EnteredScope;
use crate::value::data::Data;

/// The state of an enabled future.
#[derive(Debug)]
pub(super) struct FutureState {
    pub(super) callsite: &'static Callsite,
    pub(super) interest: Interest,
    /// The data of the START, until the first poll. `None` if the body broadcasts the START,
    /// because the body has the arguments.
    pub(super) captured: Option<Data<'static>>,
    /// The scope, from the START on.
    pub(super) scope: Option<DetachedScope>,
    /// The scope, entered while the future is dropped, so that the future's variables are dropped
    /// under it.
    pub(super) dropping: Option<EnteredScope>,
}

impl FutureState {
    /// Broadcasts the START. `scope` remains empty if no listener received it.
    pub(super) fn start(&mut self, data: Data<'static>) {
        let site = self.callsite.site();
        self.scope = DetachedScope::start(self.callsite.entry(), Some(site), self.interest, data);
    }

    pub(super) fn notify_poll(&self, status: EventStatus) {
        if let Some(scope) = &self.scope {
            scope.notify_poll(status);
        }
    }
}

thread_local! {
    // `ManuallyDrop`, so that there is no destructor. The poll that sets a future also takes it
    // out.
    static STARTING: Cell<ManuallyDrop<Option<Box<FutureState>>>> =
        const { Cell::new(ManuallyDrop::new(None)) };
}

/// Sets the future whose first poll is in progress, and returns the previous one.
///
/// A nested poll restores the previous one.
pub(super) fn set_starting(state: Option<Box<FutureState>>) -> Option<Box<FutureState>> {
    ManuallyDrop::into_inner(STARTING.replace(ManuallyDrop::new(state)))
}

/// Runs `work` of this crate, and catches its panics. The `Drop` of a panic payload may panic.
pub(super) fn contain(work: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(work)) {
        mem::forget(payload);
    }
}
