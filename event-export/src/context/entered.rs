//! The contexts of other processes that run on this thread.
//!
//! A forked process cannot read the contexts of its parent if another thread held their lock at the
//! fork. It has a copy of the thread that called `fork`, and finds the contexts that run there.

use std::cell::RefCell;
use std::sync::Arc;

use event_core::EventId;

use super::fields::Fields;

thread_local! {
    /// The innermost context is the last.
    static ENTERED: RefCell<Vec<(EventId, Arc<Fields>)>> = const { RefCell::new(Vec::new()) };
}

/// Keeps a context known to this thread until it is dropped.
pub(super) struct Entered(());

impl Entered {
    /// Adds the context with the id `scope`; none if the thread is ending.
    pub(super) fn new(scope: EventId, fields: &Arc<Fields>) -> Option<Self> {
        let add = |all: &RefCell<Vec<_>>| all.borrow_mut().push((scope, Arc::clone(fields)));
        ENTERED.try_with(add).is_ok().then(|| Self(()))
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let last = ENTERED.try_with(|all| all.borrow_mut().pop());
        drop(last); // outside the borrow
    }
}

/// Returns the contents of the context with the id `scope`.
pub(super) fn find(scope: EventId) -> Option<Arc<Fields>> {
    let found = ENTERED.try_with(|all| {
        let all = all.borrow();
        let mut inside = all.iter().rev();
        let context = inside.find(|(id, _)| *id == scope);
        context.map(|(_, fields)| Arc::clone(fields))
    });
    found.ok().flatten()
}
