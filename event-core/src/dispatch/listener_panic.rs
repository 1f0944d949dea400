//! Panics of listeners: each is counted and reported to the hook, and none leaves the broadcast.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::event::Event;
use crate::event::exc_details::ExcDetails;
use crate::event::panic_hook;
use crate::panic_payload::{PayloadSlot, drop_payload};
use crate::sync::{AtomicBool, AtomicU64, Mutex, Ordering};
use crate::thread::SuppressEvents;

type Hook = dyn Fn(&Event<'_>, &ExcDetails<'_>) + Send + Sync;

static PANICS: AtomicU64 = AtomicU64::new(0);
static HOOK: Mutex<Option<Arc<Hook>>> = Mutex::new(None);

/// Returns how many times a listener has panicked in this process.
#[must_use]
pub fn listener_panics() -> u64 {
    // Relaxed: a counter that orders nothing else.
    PANICS.load(Ordering::Relaxed)
}

/// Sets the hook that is called when a listener panics.
///
/// The hook runs on the thread of the broadcast. It receives the event that the listener was
/// notified of, and the details of the panic. Events that the hook emits are suppressed, and a
/// panic of the hook is ignored. A later call replaces the hook.
///
/// Without a hook, the first panic of a listener is reported in one line on stderr.
/// [`listener_panics`] counts all of them.
///
/// # Examples
///
/// ```
/// use event_core::{Event, from_fn, local, trigger_event};
/// use event_core::{listener_panics, set_listener_panic_hook};
///
/// set_listener_panic_hook(|event, exc| eprintln!("a listener of {} failed: {exc}", event.kind()));
/// let bad = from_fn(|_: &Event<'_>| panic!("bad listener"));
/// let _installed = local::install_listener("docs:bad", bad);
/// assert_eq!(trigger_event("docs:bad", (), || 3), 3); // the panic does not affect the function
/// assert_eq!(listener_panics(), 2);
/// ```
pub fn set_listener_panic_hook(hook: impl Fn(&Event<'_>, &ExcDetails<'_>) + Send + Sync + 'static) {
    let hook: Arc<Hook> = Arc::new(hook);
    let before = HOOK.lock().replace(hook);
    drop(before); // after the lock is released: the hook's `Drop` is user code
}

/// Counts a panic of a listener and calls the hook, or prints the panic if there is no hook.
pub(super) fn report_listener_panic(event: &Event<'_>, payload: Box<dyn Any + Send>) {
    PANICS.fetch_add(1, Ordering::Relaxed);
    let _suppress = SuppressEvents::new(); // a listener could panic again at an event of the hook
    let record = panic_hook::take_listener_record();
    let slot = PayloadSlot::new(payload);
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let exc = ExcDetails::panicked(Some(&slot), record);
        let hook = HOOK.lock().clone(); // a clone, because the hook runs without the lock
        match hook {
            Some(hook) => hook(event, &exc),
            None => print_once(event, &exc),
        }
    }));
    drop_payload(outcome.err());
    drop_payload(Some(slot.into_payload()));
}

/// Counts a panic in a listener's `Drop`. The hook is not called, because there is no event.
pub(super) fn count_drop_panic(payload: Box<dyn Any + Send>) {
    PANICS.fetch_add(1, Ordering::Relaxed);
    drop_payload(Some(payload));
}

fn print_once(event: &Event<'_>, exc: &ExcDetails<'_>) {
    static PRINTED: AtomicBool = AtomicBool::new(false);
    // Relaxed: the swap is atomic, so exactly one thread finds the flag unset.
    if !PRINTED.swap(true, Ordering::Relaxed) {
        eprintln!(
            "event-core: a listener panicked when notified of {} {}: {exc}; later panics of \
             listeners are only counted",
            event.status(),
            event.kind(),
        );
    }
}
