//! A compilation under way, and what others see of it.
//!
//! A function that is being compiled can be called already by those that it has compiled:
//! its return type is known before its code is, and the code's address comes into a cell
//! that they read when they run.

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

/// What a dispatcher has for one tuple of argument types.
#[derive(Clone, Debug)]
pub(crate) enum Slot {
    Compiling {
        return_type: Type,
        /// Where the code's address will be.
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

/// A compilation under way; dropped unfinished, it leaves no trace.
#[derive(Debug)]
pub(crate) struct Compiling<'a> {
    dispatcher: &'a Dispatcher,
    key: Key,
    inside: Option<Vec<Type>>,
}

impl<'a> Compiling<'a> {
    pub(crate) fn begin(dispatcher: &'a Dispatcher, args: &[Type]) -> Self {
        let slot = Slot::Compiling {
            return_type: Type::Unknown,
            // Machine code that lives as long as the program may hold the address.
            entry: Box::leak(Box::default()),
        };
        let mut slots = dispatcher.slots();
        let mut unfinished = slots.iter().filter(|(_, slot)| slot.finished().is_none());
        let inside = unfinished.next_back().map(|(args, _)| args.clone());
        slots.push((args.to_vec(), slot));
        drop(slots);
        Self {
            dispatcher,
            key: Key::new(dispatcher.name(), args),
            inside,
        }
    }

    /// The argument types of the same function's compilation that this one runs inside of.
    pub(crate) fn inside(&self) -> Option<Vec<Type>> {
        self.inside.clone()
    }

    pub(crate) fn finish(self, overload: &Arc<Overload>) {
        for (args, slot) in self.dispatcher.slots().iter_mut() {
            if *args == self.key.args {
                if let Slot::Compiling { entry, .. } = slot {
                    // Relaxed: read by machine code alone, which others reach through the
                    // mutex that this slot is behind.
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
        // What was compiled to call this one would call nothing: it is compiled anew.
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
    /// Has the callee compiled, unless it is, or is the one that waits for this call.
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
