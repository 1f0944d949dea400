//! The panic hook: it alone learns a panic's message, place and backtrace.
//!
//! It is installed once, at the first registration, in front of the hook that is there. What it
//! learns waits in a thread-local for the END of the scope that the panic leaves.

use std::any::{Any, TypeId};
use std::backtrace::{Backtrace, BacktraceStatus};
use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::Arc;

use crate::event::exc_details::{Location, describe};
use crate::sync::{AtomicBool, Once, Ordering, thread_local};
use crate::thread::{self, Busy};

/// What the hook saw of a panic.
#[derive(Clone, Debug)]
pub(crate) struct PanicRecord {
    /// Of the payload's type.
    type_id: TypeId,
    pub(crate) type_name: &'static str,
    pub(crate) message: String,
    pub(crate) location: Option<Location>,
    pub(crate) backtrace: Option<Arc<Backtrace>>,
}

/// The last panics of a thread: of a listener, and of anything else.
#[derive(Default)]
struct Last {
    in_listener: Option<PanicRecord>,
    elsewhere: Option<PanicRecord>,
}

thread_local! {
    // Has a destructor: after it, panics of this thread are told without message and place
    // where only the hook knows them.
    static LAST: RefCell<Last> =
        const { RefCell::new(Last { in_listener: None, elsewhere: None }) };
}

/// Whether panics outside any scope are looked at too.
static ANYWHERE: AtomicBool = AtomicBool::new(false);

/// Has the hook look at every panic from now on: of an open event, which is not current, nobody can say what
/// drops it.
pub(crate) fn look_anywhere() {
    // Not always stored, so that threads do not take it from one another.
    if !ANYWHERE.load(Ordering::Relaxed) {
        ANYWHERE.store(true, Ordering::Relaxed);
    }
}

/// Installs the hook, unless that was done or a panic is under way on this thread (when the
/// standard library would abort): then the next registration does it.
pub(crate) fn install_hook() {
    // Others wait until the hook is there: a panic behind their registration is to be seen.
    static INSTALLED: Once = Once::new();
    if std::thread::panicking() || INSTALLED.is_completed() {
        return;
    }
    let _busy = Busy::enter();
    INSTALLED.call_once(install);
}

fn install() {
    let previous = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if thread::is_busy() {
            // Of a `Debug` that we print, and whose panic we catch; or of another hook.
            return previous(info);
        }
        let _busy = Busy::enter();
        if thread::is_in_listener() {
            // Whoever called the listener catches the panic and reports it.
            with_last(|last| last.in_listener = Some(record(info)));
            return;
        }
        // Relaxed: an event that this thread drops came to it in a way that shows it more than this.
        if thread::current().is_some() || ANYWHERE.load(Ordering::Relaxed) {
            thread::count_panic();
            with_last(|last| last.elsewhere = Some(record(info)));
        }
        previous(info);
    }));
}

fn record(info: &PanicHookInfo<'_>) -> PanicRecord {
    let (type_name, message) = describe(info.payload());
    let location = info
        .location()
        .map(|place| Location::new(place.file(), place.line(), place.column()));
    let backtrace = Backtrace::capture();
    let captured = backtrace.status() == BacktraceStatus::Captured;
    PanicRecord {
        type_id: info.payload().type_id(),
        type_name,
        message: message.unwrap_or_default(),
        location,
        backtrace: captured.then(|| Arc::new(backtrace)),
    }
}

fn with_last<R>(f: impl FnOnce(&mut Last) -> R) -> Option<R> {
    LAST.try_with(|last| f(&mut last.borrow_mut())).ok()
}

/// What the hook saw of the panic that passes with `payload`.
///
/// A `resume_unwind` passes the hook by: a record of another text is of an earlier panic.
pub(crate) fn of_payload(payload: &dyn Any) -> Option<PanicRecord> {
    let text = describe(payload).1.unwrap_or_default();
    last().filter(|record| record.type_id == payload.type_id() && record.message == text)
}

/// What the hook saw last on this thread outside a listener.
pub(crate) fn last() -> Option<PanicRecord> {
    with_last(|last| last.elsewhere.clone()).flatten()
}

/// What the hook saw last of a listener on this thread, which is forgotten.
pub(crate) fn take_of_listener() -> Option<PanicRecord> {
    with_last(|last| last.in_listener.take()).flatten()
}

/// Drops a payload; one whose `Drop` panics harms nobody, nor does what that panic carries.
pub(crate) fn forget_if_hostile(payload: Option<Box<dyn Any + Send>>) {
    if let Err(second) = panic::catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(second);
    }
}
