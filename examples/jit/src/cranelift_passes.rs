//! Events for Cranelift's own passes.
//!
//! Cranelift asks its thread's profiler for a token at the start of a pass and drops it at
//! the end: the token is the guard of a `numba:run_pass` event. The profiler is installed
//! once in each thread, and says nothing while no unit is being compiled.

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

/// Broadcasts Cranelift's passes on this thread as those of `unit`, until dropped.
pub(crate) fn broadcast_for(unit: &Unit) -> Broadcasting {
    if !INSTALLED.replace(true) {
        timing::set_thread_profiler(Box::new(EventProfiler));
    }
    let outer = UNIT.replace(Some(unit.clone()));
    Broadcasting { outer }
}

/// While it lives, Cranelift's passes are told of.
#[derive(Debug)]
#[must_use = "the passes are told of until this is dropped"]
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
        // Described before it is broadcast: a listener may compile something itself.
        let described = UNIT.with_borrow(|unit| {
            let unit = unit.as_ref()?;
            Some(unit.run_pass(format_args!("{pass:?}")))
        });
        match described {
            Some(described) => Box::new(enter_event(RUN_PASS, described)),
            None => Box::new(()),
        }
    }
}
