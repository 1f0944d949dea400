//! Events for Cranelift's own passes.
//!
//! At the start of a pass, Cranelift requests a token from its thread's profiler; at the end it
//! drops the token. The token is the guard of a `numba:run_pass` event. The profiler is installed
//! once per thread, and broadcasts only while a unit is being compiled.

use std::any::Any;
use std::cell::{Cell, RefCell};

use cranelift_codegen::timing::{self, Pass, Profiler};
use event_core::builtin::RUN_PASS;
use event_core::enter_event;

use crate::unit::Unit;

thread_local! {
    static INSTALLED: Cell<bool> = const { Cell::new(false) };
    static UNIT: RefCell<Option<Unit>> = const { RefCell::new(None) };
}

/// Broadcasts Cranelift's passes on this thread as passes of `unit`, until the result is dropped.
pub(crate) fn broadcast_for(unit: &Unit) -> Broadcasting {
    if !INSTALLED.replace(true) {
        timing::set_thread_profiler(Box::new(EventProfiler));
    }
    let outer = UNIT.replace(Some(unit.clone()));
    Broadcasting { outer }
}

/// Guard that keeps the events of Cranelift's passes enabled on its thread.
#[derive(Debug)]
#[must_use = "Cranelift's passes are broadcast until this is dropped"]
pub(crate) struct Broadcasting {
    outer: Option<Unit>,
}

impl Drop for Broadcasting {
    fn drop(&mut self) {
        UNIT.replace(self.outer.take());
    }
}

#[derive(Debug)]
struct EventProfiler;

impl Profiler for EventProfiler {
    fn start_pass(&self, pass: Pass) -> Box<dyn Any> {
        // `UNIT` is not borrowed during the broadcast, because a listener may compile a function.
        let data = UNIT.with_borrow(|unit| {
            let unit = unit.as_ref()?;
            Some(unit.run_pass(format_args!("{pass:?}")))
        });
        match data {
            Some(data) => Box::new(enter_event(RUN_PASS, data)),
            None => Box::new(()),
        }
    }
}
