//! The future whose first poll is in progress, and its START.

use std::cell::Cell;
use std::mem::{self, ManuallyDrop};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::scope::detached::DetachedScope;

thread_local! {
    // `ManuallyDrop`, so that there is no destructor. The poll that sets a scope also takes it out.
    static STARTING: Cell<ManuallyDrop<DetachedScope>> =
        const { Cell::new(ManuallyDrop::new(DetachedScope::NONE)) };
}

/// Sets the scope of the future whose first poll is in progress, and returns the previous one.
///
/// A nested poll restores the previous one.
pub(super) fn set_starting(scope: DetachedScope) -> DetachedScope {
    ManuallyDrop::into_inner(STARTING.replace(ManuallyDrop::new(scope)))
}

/// Runs `work` of this crate, and catches its panics. The `Drop` of a panic payload may panic.
pub(super) fn contain(work: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(work)) {
        mem::forget(payload);
    }
}
