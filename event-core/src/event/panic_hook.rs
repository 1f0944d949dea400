//! The panic hook. Only a hook learns the message, location and backtrace of a panic.
//!
//! It is installed once, at the first registration, in front of the previous hook. A thread-local
//! keeps what it learned for the END of the scope that the panic leaves.

use std::any::{Any, TypeId};
use std::backtrace::{Backtrace, BacktraceStatus};
use std::cell::{Cell, RefCell};
use std::panic::{self, PanicHookInfo};
use std::sync::Arc;

use super::location::Location;
use crate::panic_payload::describe;
use crate::sync::{AtomicBool, Once, Ordering, thread_local};
use crate::thread::{self, SuppressEvents};

/// What the hook learned about a panic.
#[derive(Clone, Debug)]
pub(crate) struct PanicRecord {
    /// Of the payload's type.
    type_id: TypeId,
    pub(crate) type_name: &'static str,
    pub(crate) message: String,
    pub(crate) location: Option<Location>,
    pub(crate) backtrace: Option<Arc<Backtrace>>,
}

/// The last panics of a thread: in a listener, and elsewhere.
#[derive(Default)]
struct LastPanics {
    in_listener: Option<PanicRecord>,
    elsewhere: Option<PanicRecord>,
}

thread_local! {
    /// How many panics the hook has recorded on this thread.
    static RECORDED: Cell<u64> = const { Cell::new(0) };
    // Has a destructor. After it has run, an END lacks the message and location that only the
    // hook knows.
    static LAST: RefCell<LastPanics> =
        const { RefCell::new(LastPanics { in_listener: None, elsewhere: None }) };
}

/// Whether to record panics outside any scope too.
static RECORD_EVERYWHERE: AtomicBool = AtomicBool::new(false);

/// Makes the hook record every panic from now on. An open event is not current, and any panic may
/// drop it.
pub(crate) fn record_everywhere() {
    // The load avoids a store, which would take the cache line from other threads.
    if !RECORD_EVERYWHERE.load(Ordering::Relaxed) {
        RECORD_EVERYWHERE.store(true, Ordering::Relaxed);
    }
}

/// Installs the hook, once. During a panic, when the standard library would abort, it does nothing;
/// the next registration installs the hook then.
pub(crate) fn install_hook() {
    // A concurrent registration waits until the hook is installed, because it must see the panics
    // that follow the registration.
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
        if thread::are_events_suppressed() {
            // A `Debug` that this crate formats panics, and the crate catches it; or a panic hook
            // panics.
            return previous(info);
        }
        let _suppress = SuppressEvents::new();
        // A thread reads a table of listeners only while it runs them.
        if thread::is_reading() {
            // The caller of the listener catches the panic and reports it.
            with_last(|last| last.in_listener = Some(record(info)));
            return;
        }
        // Relaxed: whatever handed an open event to this thread also made this store visible to it.
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
        message: message.unwrap_or_default(),
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
/// `resume_unwind` bypasses the hook: then the last record has another text and belongs to an
/// earlier panic.
pub(crate) fn record_of(payload: &dyn Any) -> Option<PanicRecord> {
    let (_, text) = describe(payload);
    let text = text.unwrap_or_default();
    last_record().filter(|record| record.type_id == payload.type_id() && record.message == text)
}

/// Returns the last record of this thread outside a listener.
pub(crate) fn last_record() -> Option<PanicRecord> {
    with_last(|last| last.elsewhere.clone()).flatten()
}

/// Takes the last record of this thread in a listener.
pub(crate) fn take_listener_record() -> Option<PanicRecord> {
    with_last(|last| last.in_listener.take()).flatten()
}
