//! Panics of listeners: each is counted and reported to the hook.

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
    // Relaxed: a plain counter.
    PANICS.load(Ordering::Relaxed)
}

/// Sets what is called, on the thread of the broadcast, when a listener panics.
///
/// Without a hook, the first such panic of the process is reported in one line on stderr. All are
/// counted by [`listener_panics`]. `hook` gets the event that the listener received, and the panic.
/// A panic of the hook itself is dropped.
///
/// # Examples
///
/// ```
/// use event_core::{Event, from_fn, listener_panics, local, set_listener_panic_hook, trigger_event};
///
/// set_listener_panic_hook(|event, exc| eprintln!("a listener of {} failed: {exc}", event.kind()));
/// let bad = from_fn(|_: &Event<'_>| panic!("bad listener"));
/// let _installed = local::install_listener("docs:bad", bad);
/// assert_eq!(trigger_event("docs:bad", (), || 3), 3); // the function is not affected
/// assert_eq!(listener_panics(), 2);
/// ```
pub fn set_listener_panic_hook(hook: impl Fn(&Event<'_>, &ExcDetails<'_>) + Send + Sync + 'static) {
    let hook: Arc<Hook> = Arc::new(hook);
    let before = HOOK.lock().replace(hook);
    drop(before);
}

pub(super) fn report_listener_panic(event: &Event<'_>, payload: Box<dyn Any + Send>) {
    PANICS.fetch_add(1, Ordering::Relaxed);
    let _suppress = SuppressEvents::new();
    let record = panic_hook::take_listener_record();
    let slot = PayloadSlot::new(payload);
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let exc = ExcDetails::panicked(Some(&slot), record);
        let hook = HOOK.lock().clone();
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
    // Relaxed: a swap lets one thread alone find it unset.
    if !PRINTED.swap(true, Ordering::Relaxed) {
        eprintln!(
            "event-core: a listener panicked when notified of {} {}: {exc}; later panics of \
             listeners are only counted",
            event.status(),
            event.kind(),
        );
    }
}
