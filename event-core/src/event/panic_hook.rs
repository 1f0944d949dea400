//! The panic hook, which records the message, location and backtrace of panics in scopes.
//!
//! Only a panic hook can learn the location and the backtrace. The hook is installed once, at the
//! first registration. A thread-local keeps the record for the END of the scope that the panic
//! unwinds. The hook calls the previous hook, except for panics in listeners: the broadcast reports
//! those.

use std::any::{Any, TypeId};
use std::backtrace::{Backtrace, BacktraceStatus};
use std::cell::{Cell, RefCell};
use std::panic::{self, PanicHookInfo};
use std::sync::Arc;

use super::location::Location;
use crate::panic_payload::describe;
use crate::sync::{AtomicBool, Once, Ordering, thread_local};
use crate::thread::{self, SuppressEvents};
use crate::value::Value;

/// The hook's record of a panic.
#[derive(Clone, Debug)]
pub(crate) struct PanicRecord {
    /// The type of the payload.
    type_id: TypeId,
    pub(crate) type_name: &'static str,
    /// At most [`Value::MAX_TEXT`] bytes, because the thread keeps the record until its next panic.
    pub(crate) message: Value<'static>,
    pub(crate) location: Option<Location>,
    pub(crate) backtrace: Option<Arc<Backtrace>>,
}

/// The last panics of a thread.
#[derive(Default)]
struct LastPanics {
    in_listener: Option<PanicRecord>,
    elsewhere: Option<PanicRecord>,
}

thread_local! {
    /// How many panics the hook has recorded on this thread.
    static RECORDED: Cell<u64> = const { Cell::new(0) };
    // Has a destructor. After it has run, an END lacks the location and backtrace of its panic, and
    // the END of a guard the message, too.
    static LAST: RefCell<LastPanics> =
        const { RefCell::new(LastPanics { in_listener: None, elsewhere: None }) };
}

/// Whether the hook also records panics outside any scope.
static RECORD_EVERYWHERE: AtomicBool = AtomicBool::new(false);

/// Makes the hook record every panic from now on.
///
/// This is for open events: any panic may drop one, and it need not be the current scope.
pub(crate) fn record_everywhere() {
    // Relaxed: see the load in the hook. The load here avoids a store, which would take the cache
    // line from other threads.
    if !RECORD_EVERYWHERE.load(Ordering::Relaxed) {
        RECORD_EVERYWHERE.store(true, Ordering::Relaxed);
    }
}

/// Installs the hook, once.
///
/// During a panic, this does nothing, because `set_hook` would panic and abort the process. The
/// next registration then installs the hook.
pub(crate) fn install_hook() {
    // A concurrent registration waits until the hook is installed, so that the hook sees every
    // panic that follows a registration.
    static INSTALLED: Once = Once::new();
    if std::thread::panicking() || INSTALLED.is_completed() {
        return;
    }
    let _suppress = SuppressEvents::new();
    INSTALLED.call_once(install);
}

fn install() {
    let previous = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if thread::are_events_suppressed() && !thread::is_in_expression() {
            // Either a `Debug` panicked while this crate formatted it, and this crate catches the
            // panic; or a panic hook panicked.
            return previous(info);
        }
        let _suppress = SuppressEvents::new();
        // A thread reads a table of listeners only while it notifies listeners.
        if thread::is_reading() {
            // The broadcast that called the listener catches the panic and reports it.
            with_last(|last| last.in_listener = Some(record(info)));
            return;
        }
        // Relaxed: the store in `record_everywhere` happens before an open event is returned.
        // Passing the event to this thread synchronizes the threads, so this load sees the store.
        if thread::current().is_some() || RECORD_EVERYWHERE.load(Ordering::Relaxed) {
            RECORDED.set(RECORDED.get() + 1);
            with_last(|last| last.elsewhere = Some(record(info)));
        }
        previous(info);
    }));
}

fn record(info: &PanicHookInfo<'_>) -> PanicRecord {
    let (type_name, message) = describe(info.payload());
    let location = info
        .location()
        .map(|location| Location::new(location.file(), location.line(), location.column()));
    let backtrace = Backtrace::capture();
    let is_captured = backtrace.status() == BacktraceStatus::Captured;
    PanicRecord {
        type_id: info.payload().type_id(),
        type_name,
        message: Value::copied(message.unwrap_or_default()),
        location,
        backtrace: is_captured.then(|| Arc::new(backtrace)),
    }
}

fn with_last<R>(f: impl FnOnce(&mut LastPanics) -> R) -> Option<R> {
    LAST.try_with(|last| f(&mut last.borrow_mut())).ok()
}

/// Returns how many panics the hook has recorded on this thread.
pub(crate) fn recorded_panics() -> u64 {
    RECORDED.get()
}

/// Returns the record of the panic with this `payload`, if the hook saw it.
///
/// `resume_unwind` bypasses the hook. The last record then belongs to an earlier panic, whose
/// payload usually has another type or text.
pub(crate) fn record_of(payload: &dyn Any) -> Option<PanicRecord> {
    let (_, text) = describe(payload);
    let text = Value::copied(text.unwrap_or_default());
    last_record().filter(|record| {
        record.type_id == payload.type_id() && record.message.to_str() == text.to_str()
    })
}

/// Returns the record of this thread's last panic outside a listener.
pub(crate) fn last_record() -> Option<PanicRecord> {
    with_last(|last| last.elsewhere.clone()).flatten()
}

/// Takes the record of this thread's last panic in a listener.
pub(crate) fn take_listener_record() -> Option<PanicRecord> {
    with_last(|last| last.in_listener.take()).flatten()
}
