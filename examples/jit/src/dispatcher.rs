//! A dispatcher represents one Python function. It selects the overload for the types of the
//! arguments, and compiles that overload at the first call.
//!
//! Finding a compiled overload needs neither the compiler lock nor an event. Compilations hold the
//! compiler lock. A thread that holds it and finds a [`Slot::Compiling`] has therefore created that
//! slot itself.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use event_core::builtin::{COMPILE, COMPILER_LOCK, LLVM_LOCK};
use event_core::{local, trigger_event};

use crate::ast::Function;
use crate::call::CallError;
use crate::compiling::{Compiling, Key, Slot};
use crate::error::CompileError;
use crate::locks;
use crate::overload::{Overload, Timers};
use crate::passes;
use crate::program::Globals;
use crate::source::Source;
use crate::types::{Type, tuple};
use crate::unit::Unit;
use crate::value::Value;

/// One Python function under `@njit`.
#[derive(Debug)]
pub struct Dispatcher {
    this: Weak<Self>,
    function: Arc<Function>,
    source: Arc<Source>,
    pub(crate) globals: Arc<Globals>,
    slots: Mutex<Vec<(Vec<Type>, Slot)>>,
    /// Return types found by type inference, also of overloads that are not compiled yet.
    return_types: Mutex<HashMap<Vec<Type>, Type>>,
}

impl Dispatcher {
    pub(crate) fn new(
        function: Function,
        source: &Arc<Source>,
        globals: &Arc<Globals>,
    ) -> Arc<Self> {
        Arc::new_cyclic(|this| Self {
            this: Weak::clone(this),
            function: Arc::new(function),
            source: Arc::clone(source),
            globals: Arc::clone(globals),
            slots: Mutex::default(),
            return_types: Mutex::default(),
        })
    }

    /// Returns the function's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.function.name
    }

    /// Returns the number of parameters.
    #[must_use]
    pub fn arity(&self) -> usize {
        self.function.parameters.len()
    }

    /// Returns all compiled overloads, oldest first.
    #[must_use]
    pub fn overloads(&self) -> Vec<Arc<Overload>> {
        let slots = self.slots();
        let finished = slots.iter().filter_map(|(_, slot)| slot.finished());
        finished.cloned().collect()
    }

    /// Returns the summed times of all overloads.
    ///
    /// The time of an overload that was compiled during another one's compilation is part of the
    /// other one's time, and is counted once.
    #[must_use]
    pub fn timers(&self) -> Timers {
        let overloads = self.overloads();
        let counts = |args: &[Type]| overloads.iter().any(|overload| overload.args() == args);
        let sum = Timers::default();
        for overload in &overloads {
            // A failed outer compilation left no overload, so its time is not in the sum.
            if !overload.outer_args().is_some_and(counts) {
                sum.add(overload.timers());
            }
        }
        sum
    }

    /// Calls the function, and compiles it first if it has no overload for these argument types.
    ///
    /// # Errors
    ///
    /// Returns an error if the number of arguments is wrong, if the function cannot be compiled, or
    /// if it raises an exception.
    pub fn call(&self, args: &[Value]) -> Result<Value, CallError> {
        if args.len() != self.arity() {
            return Err(CallError::arity(self.name(), self.arity(), args.len()));
        }
        let types: Vec<_> = args.iter().map(|arg| arg.ty()).collect();
        let overload = self.compile(&types)?;
        overload.call(args)
    }

    /// Returns the overload for these argument types, and compiles it if it does not exist.
    ///
    /// # Errors
    ///
    /// Returns a [`CompileError`] if the function cannot be compiled for these types, or if their
    /// number is not the number of parameters.
    pub fn compile(&self, args: &[Type]) -> Result<Arc<Overload>, CompileError> {
        if let Some(overload) = self.callable_overload(args) {
            return Ok(overload);
        }
        let timers = Arc::new(Timers::default());
        let compiler = Arc::clone(&timers);
        let llvm = Arc::clone(&timers);
        // Local timers measure this thread's wait for the lock, but no compilation on another
        // thread. They are declared before the lock and so dropped after it: they receive the
        // lock's END.
        let _compiler =
            local::install_timer(COMPILER_LOCK, move |time| compiler.set_compiler_lock(time));
        let _llvm = local::install_timer(LLVM_LOCK, move |time| llvm.set_llvm_lock(time));
        let _held = locks::COMPILER.acquire();
        // While this thread waited, another one may have compiled this overload or its callees.
        match self.overload(args) {
            Some(overload) => Ok(overload),
            None => self.compile_overload(args, timers),
        }
    }

    #[trigger_event(
        COMPILE,
        skip_all,
        data(dispatcher = self.arc(), args = tuple(args), return_type = None::<String>),
        err
    )]
    fn compile_overload(
        &self,
        args: &[Type],
        timers: Arc<Timers>,
    ) -> Result<Arc<Overload>, CompileError> {
        let unit = self.unit(args);
        if args.len() != self.arity() {
            let message = arity_message(self.name(), self.arity(), args.len());
            return Err(unit.unsupported(self.function.at, message, ARITY));
        }
        let mut compiling = Compiling::begin(self, args);
        let compiled = passes::compile(&unit, &mut compiling)?;
        let overload = Overload::new(args, compiled, timers, compiling.outer_args());
        let overload = Arc::new(overload);
        compiling.finish(&overload);
        Ok(overload)
    }

    fn arc(&self) -> Arc<Self> {
        self.this
            .upgrade()
            .expect("`&self` is borrowed from an `Arc`, which keeps the dispatcher alive")
    }

    pub(crate) fn unit(&self, args: &[Type]) -> Unit {
        Unit::new(
            Arc::clone(&self.source),
            Arc::clone(&self.function),
            Arc::clone(&self.globals),
            args,
        )
    }

    /// Returns the return type for these argument types, if it is already known.
    pub(crate) fn return_type(&self, args: &[Type]) -> Option<Type> {
        match self.slot(args) {
            Some(Slot::Finished(overload)) => Some(overload.return_type()),
            Some(Slot::Compiling { return_type, .. }) if return_type != Type::Unknown => {
                Some(return_type)
            }
            _ => self.return_types().get(args).copied(),
        }
    }

    pub(crate) fn remember_return_type(&self, args: &[Type], ty: Type) {
        if ty != Type::Unknown {
            self.return_types().insert(args.to_vec(), ty);
        }
    }

    fn overload(&self, args: &[Type]) -> Option<Arc<Overload>> {
        self.slot(args)?.finished().cloned()
    }

    /// Returns the overload if all functions that it calls are compiled.
    ///
    /// If a callee calls back to its caller, the callee's overload is finished before the caller's.
    /// The code of the callee must not run before both are finished.
    fn callable_overload(&self, args: &[Type]) -> Option<Arc<Overload>> {
        let overload = self.overload(args)?;
        // A dropped dispatcher has no compilation in progress.
        let is_compiled = |key: &Key| {
            let dispatcher = self.globals.function(&key.function);
            dispatcher.is_none_or(|dispatcher| dispatcher.overload(&key.args).is_some())
        };
        let is_callable = overload.unfinished().iter().all(is_compiled);
        is_callable.then_some(overload)
    }

    pub(crate) fn slot(&self, args: &[Type]) -> Option<Slot> {
        let slots = self.slots();
        let found = slots.iter().find(|(types, _)| types == args);
        found.map(|(_, slot)| slot.clone())
    }

    pub(crate) fn slots(&self) -> MutexGuard<'_, Vec<(Vec<Type>, Slot)>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn return_types(&self) -> MutexGuard<'_, HashMap<Vec<Type>, Type>> {
        self.return_types
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// The supported number of arguments, for error messages.
pub(crate) const ARITY: &str = "one argument for each parameter";

/// Formats Python's message for a wrong number of arguments.
pub(crate) fn arity_message(name: &str, takes: usize, given: usize) -> String {
    let arguments = if takes == 1 { "argument" } else { "arguments" };
    let were = if given == 1 { "was" } else { "were" };
    format!("{name}() takes {takes} positional {arguments} but {given} {were} given")
}
