//! A panic's payload: its text, a place to keep it while listeners run, and dropping it safely.

use std::any::{Any, type_name};
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::sync::{AtomicU64, Mutex, MutexGuard, Ordering};
use crate::thread::ThreadId;

/// Returns the name of a payload's type, and its text.
pub(crate) fn describe(payload: &dyn Any) -> (&'static str, Option<String>) {
    if let Some(text) = payload.downcast_ref::<&'static str>() {
        ("&str", Some((*text).to_owned()))
    } else if let Some(text) = payload.downcast_ref::<String>() {
        ("String", Some(text.clone()))
    } else {
        ("Box<dyn Any>", None)
    }
}

/// Drops a payload. A panic in its `Drop` is caught, and the payload of that panic is leaked.
pub(crate) fn drop_payload(payload: Option<Box<dyn Any + Send>>) {
    if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(second);
    }
}

/// Holds a panic's payload while its END is broadcast.
#[derive(Debug)]
pub(crate) struct PayloadSlot {
    payload: Mutex<Box<dyn Any + Send>>,
    /// The number of the thread that has the payload; zero if no thread has it.
    holder: AtomicU64,
}

impl PayloadSlot {
    pub(crate) fn new(payload: Box<dyn Any + Send>) -> Self {
        Self {
            payload: Mutex::new(payload),
            holder: AtomicU64::new(0),
        }
    }

    /// Returns the payload, unless this thread has it already: the thread would deadlock.
    pub(crate) fn lock(&self) -> Option<Payload<'_>> {
        let here = ThreadId::current().as_u64();
        // Relaxed: only this thread stores its number, and a thread sees its own stores.
        if self.holder.load(Ordering::Relaxed) == here {
            return None;
        }
        let payload = self.payload.lock();
        self.holder.store(here, Ordering::Relaxed);
        let holder = &self.holder;
        Some(Payload { payload, holder })
    }

    /// Returns the payload, unchanged.
    pub(crate) fn into_payload(self) -> Box<dyn Any + Send> {
        self.payload.into_inner()
    }

    /// Returns the name of the payload's type, and its text.
    pub(crate) fn describe(&self) -> (&'static str, Option<String>) {
        self.lock()
            .map_or((type_name::<Box<dyn Any + Send>>(), None), |payload| {
                describe(&*payload)
            })
    }
}

/// A panic's payload, borrowed by a listener. It derefs to `dyn Any + Send`.
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
/// assert_eq!(*outcome.unwrap_err().downcast::<u32>().unwrap(), 7); // it is unchanged
/// ```
#[derive(Debug)]
pub struct Payload<'a> {
    payload: MutexGuard<'a, Box<dyn Any + Send>>,
    holder: &'a AtomicU64,
}

impl Drop for Payload<'_> {
    fn drop(&mut self) {
        self.holder.store(0, Ordering::Relaxed); // before the lock is released
    }
}

impl Deref for Payload<'_> {
    type Target = dyn Any + Send;

    fn deref(&self) -> &Self::Target {
        &**self.payload
    }
}
