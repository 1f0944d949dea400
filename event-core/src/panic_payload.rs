//! A panic's payload: describing it, sharing it with listeners, and dropping it.
//!
//! The payload is a user's value, whose `Drop` may panic. Use [`drop_payload`] to drop it.

use std::any::{Any, type_name};
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::sync::{AtomicU64, Mutex, MutexGuard, Ordering};
use crate::thread::ThreadId;

/// Returns the name of a payload's type, and the payload as text if it is a string.
pub(crate) fn describe(payload: &dyn Any) -> (&'static str, Option<&str>) {
    if let Some(text) = payload.downcast_ref::<&'static str>() {
        ("&str", Some(text))
    } else if let Some(text) = payload.downcast_ref::<String>() {
        ("String", Some(text))
    } else {
        ("Box<dyn Any>", None)
    }
}

/// Drops a payload. If its `Drop` panics, catches that panic and leaks the second payload, whose
/// own `Drop` could panic again.
pub(crate) fn drop_payload(payload: Option<Box<dyn Any + Send>>) {
    if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(second);
    }
}

/// Stores a panic's payload during the broadcast of its END.
#[derive(Debug)]
pub(crate) struct PayloadSlot {
    payload: Mutex<Box<dyn Any + Send>>,
    /// The number of the thread that has locked the payload, or zero.
    holder: AtomicU64,
}

impl PayloadSlot {
    pub(crate) fn new(payload: Box<dyn Any + Send>) -> Self {
        Self {
            payload: Mutex::new(payload),
            holder: AtomicU64::new(0),
        }
    }

    /// Locks the payload. Returns `None` if this thread has locked it already, because waiting for
    /// the lock would then deadlock.
    pub(crate) fn lock(&self) -> Option<Payload<'_>> {
        let here = ThreadId::current().as_u64();
        // Relaxed: the comparison depends on this thread's own stores only. It stored `here` if it
        // has the lock, and zero before it released the lock. Other threads never store `here`.
        if self.holder.load(Ordering::Relaxed) == here {
            return None;
        }
        let payload = self.payload.lock();
        self.holder.store(here, Ordering::Relaxed);
        let holder = &self.holder;
        Some(Payload { payload, holder })
    }

    /// Returns the payload and consumes the slot.
    pub(crate) fn into_payload(self) -> Box<dyn Any + Send> {
        self.payload.into_inner()
    }

    /// Returns the name of the payload's type, and what `copy` makes of the payload if it is a
    /// string.
    pub(crate) fn describe<T>(&self, copy: impl FnOnce(&str) -> T) -> (&'static str, Option<T>) {
        self.lock()
            .map_or((type_name::<Box<dyn Any + Send>>(), None), |payload| {
                let (name, text) = describe(&*payload);
                (name, text.map(copy))
            })
    }
}

/// A panic's payload, locked for one listener. It derefs to `dyn Any + Send`.
///
/// [`ExcDetails::payload`](crate::ExcDetails::payload) returns it. Other threads that ask for the
/// same payload wait until this is dropped.
///
/// # Examples
///
/// ```
/// use event_core::{Event, from_fn, local, trigger_event};
/// use std::sync::atomic::{AtomicU32, Ordering};
/// use std::sync::Arc;
///
/// let code = Arc::new(AtomicU32::new(0));
/// let seen = Arc::clone(&code);
/// let _installed = local::install_listener("docs:payload", from_fn(move |event: &Event<'_>| {
///     let payload = event.exc_details().and_then(|exc| exc.payload());
///     if let Some(code) = payload.and_then(|payload| payload.downcast_ref::<u32>().copied()) {
///         seen.store(code, Ordering::Relaxed);
///     }
/// }));
/// let outcome = std::panic::catch_unwind(|| {
///     trigger_event("docs:payload", (), || std::panic::panic_any(7_u32));
/// });
/// assert_eq!(code.load(Ordering::Relaxed), 7);
/// assert_eq!(*outcome.unwrap_err().downcast::<u32>().unwrap(), 7); // the payload is unchanged
/// ```
#[derive(Debug)]
pub struct Payload<'a> {
    payload: MutexGuard<'a, Box<dyn Any + Send>>,
    holder: &'a AtomicU64,
}

impl Drop for Payload<'_> {
    fn drop(&mut self) {
        // Before the lock is released, so that this cannot overwrite the number of the next holder.
        self.holder.store(0, Ordering::Relaxed);
    }
}

impl Deref for Payload<'_> {
    type Target = dyn Any + Send;

    fn deref(&self) -> &Self::Target {
        &**self.payload
    }
}
