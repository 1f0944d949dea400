//! What becomes of a listener's panic: it is counted, and told to the hook.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::event::Event;
use crate::event::exc_details::{ExcDetails, PayloadSlot};
use crate::event::panic_hook;
use crate::sync::{AtomicBool, AtomicU64, Mutex, Ordering};
use crate::thread::Busy;

type Hook = dyn Fn(&Event<'_>, &ExcDetails<'_>) + Send + Sync;

static PANICS: AtomicU64 = AtomicU64::new(0);
static HOOK: Mutex<Option<Arc<Hook>>> = Mutex::new(None);

/// Returns how many times a listener has panicked in this process.
#[must_use]
pub fn listener_panics() -> u64 {
    // Relaxed: a plain counter.
    PANICS.load(Ordering::Relaxed)
}

/// Sets what is called, on the thread of the broadcast, when a listener panics.
///
/// Without a hook the first such panic of the process is told in one line on stderr; all are
/// counted in [`listener_panics`]. `hook` gets the event that the listener was told of and the
/// panic; a panic of the hook itself is dropped.
///
/// # Examples
///
/// ```
/// use event_core::{Event, from_fn, listener_panics, local, set_listener_panic_hook, trigger_event};
///
/// set_listener_panic_hook(|event, exc| eprintln!("a listener of {} failed: {exc}", event.kind()));
/// let bad = from_fn(|_: &Event<'_>| panic!("bad listener"));
/// let _installed = local::install_listener("docs:bad", bad);
/// assert_eq!(trigger_event("docs:bad", (), || 3), 3); // not the function's trouble
/// assert_eq!(listener_panics(), 2);
/// ```
pub fn set_listener_panic_hook(hook: impl Fn(&Event<'_>, &ExcDetails<'_>) + Send + Sync + 'static) {
    let hook: Arc<Hook> = Arc::new(hook);
    let before = HOOK.lock().replace(hook);
    drop(before);
}

pub(super) fn listener_panicked(event: &Event<'_>, payload: Box<dyn Any + Send>) {
    PANICS.fetch_add(1, Ordering::Relaxed);
    let _busy = Busy::enter();
    let record = panic_hook::take_of_listener();
    let slot = PayloadSlot::new(payload);
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let exc = ExcDetails::panicked(Some(&slot), record);
        let hook = HOOK.lock().clone();
        match hook {
            Some(hook) => hook(event, &exc),
            None => say_once(event, &exc),
        }
    }));
    // A payload may panic when it is dropped, and so may what that panic carries.
    panic_hook::forget_if_hostile(outcome.err());
    panic_hook::forget_if_hostile(Some(slot.into_payload()));
}

/// Counts a panic in a listener's `Drop`, which there is no event to tell of.
pub(super) fn drop_panicked(payload: Box<dyn Any + Send>) {
    PANICS.fetch_add(1, Ordering::Relaxed);
    panic_hook::forget_if_hostile(Some(payload));
}

fn say_once(event: &Event<'_>, exc: &ExcDetails<'_>) {
    static SAID: AtomicBool = AtomicBool::new(false);
    // Relaxed: only one thread may find it unset.
    if !SAID.swap(true, Ordering::Relaxed) {
        eprintln!(
            "event-core: a listener panicked when told {} {}: {exc}; later panics of listeners \
             are only counted",
            event.status(),
            event.kind(),
        );
    }
}
