//! A compilation in progress, and its visibility to the functions that it compiles.
//!
//! While a function is compiled, its callees may already contain calls back to it: its return type
//! is known before its code exists. Such a call reads the code's address from a cell at run time.
//! The cell is filled when the compilation finishes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::dispatcher::{ARITY, Dispatcher, arity_message};
use crate::error::CompileError;
use crate::infer::Calls;
use crate::overload::Overload;
use crate::passes::Compilation;
use crate::source::At;
use crate::typed::Callee;
use crate::types::Type;

/// A function and the types of its arguments.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) function: String,
    pub(crate) args: Vec<Type>,
}

impl Key {
    pub(crate) fn new(function: &str, args: &[Type]) -> Self {
        Self {
            function: function.to_owned(),
            args: args.to_vec(),
        }
    }
}

/// The state of a dispatcher for one tuple of argument types.
#[derive(Clone, Debug)]
pub(crate) enum Slot {
    Compiling {
        return_type: Type,
        /// Cell for the address of the finished code.
        entry: &'static AtomicUsize,
    },
    Finished(Arc<Overload>),
}

impl Slot {
    pub(crate) fn finished(&self) -> Option<&Arc<Overload>> {
        match self {
            Self::Finished(overload) => Some(overload),
            Self::Compiling { .. } => None,
        }
    }
}

/// A compilation in progress. Dropping it unfinished removes it from its dispatcher.
#[derive(Debug)]
pub(crate) struct Compiling<'a> {
    dispatcher: &'a Dispatcher,
    key: Key,
    outer_args: Option<Vec<Type>>,
}

impl<'a> Compiling<'a> {
    pub(crate) fn begin(dispatcher: &'a Dispatcher, args: &[Type]) -> Self {
        let slot = Slot::Compiling {
            return_type: Type::Unknown,
            // Leaked, because machine code is never freed and may contain the cell's address.
            entry: Box::leak(Box::default()),
        };
        let mut slots = dispatcher.slots();
        let mut unfinished = slots.iter().filter(|(_, slot)| slot.finished().is_none());
        let outer_args = unfinished.next_back().map(|(args, _)| args.clone());
        slots.push((args.to_vec(), slot));
        drop(slots);
        Self {
            dispatcher,
            key: Key::new(dispatcher.name(), args),
            outer_args,
        }
    }

    /// Returns the argument types of an enclosing compilation of the same function, if any.
    pub(crate) fn outer_args(&self) -> Option<Vec<Type>> {
        self.outer_args.clone()
    }

    pub(crate) fn finish(self, overload: &Arc<Overload>) {
        for (args, slot) in self.dispatcher.slots().iter_mut() {
            if *args == self.key.args {
                if let Slot::Compiling { entry, .. } = slot {
                    // Relaxed: only machine code reads the cell. Before another thread runs that
                    // code, it has found this slot finished or has acquired the compiler lock.
                    // Both happen after this store: the slot is guarded by the mutex held here,
                    // and the compiler lock is released later. See `Dispatcher::compile`.
                    entry.store(overload.code().address(), Ordering::Relaxed);
                }
                *slot = Slot::Finished(Arc::clone(overload));
            }
        }
    }
}

impl Drop for Compiling<'_> {
    fn drop(&mut self) {
        let key = &self.key;
        let unfinished = |slot: &Slot| slot.finished().is_none();
        let mut slots = self.dispatcher.slots();
        let before = slots.len();
        slots.retain(|(args, slot)| *args != key.args || !unfinished(slot));
        let failed = slots.len() < before;
        drop(slots);
        if !failed {
            return;
        }
        // Overloads that call the failed one read an empty cell. Remove them, so that they are
        // compiled again.
        for dispatcher in self.dispatcher.globals.functions() {
            let calls_this = |slot: &Slot| {
                slot.finished()
                    .is_some_and(|overload| overload.unfinished().contains(key))
            };
            dispatcher.slots().retain(|(_, slot)| !calls_this(slot));
        }
    }
}

impl Calls for Compiling<'_> {
    /// Compiles the callee, unless it is compiled already or its compilation is in progress.
    fn call(&mut self, name: &str, args: &[Type], at: At) -> Result<(Type, Callee), CompileError> {
        let caller = self.dispatcher;
        let unit = || caller.unit(&self.key.args);
        let Some(dispatcher) = caller.globals.function(name) else {
            let message = format!("function `{name}` is not defined");
            return Err(unit().unsupported(at, message, "functions of this file"));
        };
        if dispatcher.arity() != args.len() {
            let message = arity_message(name, dispatcher.arity(), args.len());
            return Err(unit().unsupported(at, message, ARITY));
        }
        let key = Key::new(name, args);
        match dispatcher.slot(args) {
            Some(Slot::Compiling { return_type, .. }) if key == self.key => {
                Ok((return_type, Callee::Itself))
            }
            Some(Slot::Compiling { return_type, entry }) => {
                Ok((return_type, Callee::Unfinished { key, entry }))
            }
            Some(Slot::Finished(overload)) => {
                Ok((overload.return_type(), Callee::Finished(overload)))
            }
            None => {
                let overload = dispatcher.compile(args)?;
                Ok((overload.return_type(), Callee::Finished(overload)))
            }
        }
    }
}

impl Compilation for Compiling<'_> {
    fn set_return_type(&mut self, ty: Type) {
        for (args, slot) in self.dispatcher.slots().iter_mut() {
            if let Slot::Compiling { return_type, .. } = slot
                && *args == self.key.args
            {
                *return_type = ty;
            }
        }
    }
}
