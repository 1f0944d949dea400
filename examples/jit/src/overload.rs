//! A function compiled for one tuple of argument types.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::compiling::Key;
use crate::native::Code;
use crate::types::Type;

/// The machine code for one tuple of argument types, with the times of its compilation.
#[derive(Debug)]
pub struct Overload {
    args: Vec<Type>,
    return_type: Type,
    timers: Arc<Timers>,
    code: Code,
    recursive: bool,
    unfinished: BTreeSet<Key>,
    outer_args: Option<Vec<Type>>,
}

impl Overload {
    pub(crate) fn new(
        args: &[Type],
        compiled: Compiled,
        timers: Arc<Timers>,
        outer_args: Option<Vec<Type>>,
    ) -> Self {
        Self {
            args: args.to_vec(),
            return_type: compiled.return_type,
            timers,
            code: compiled.code,
            recursive: compiled.recursive,
            unfinished: compiled.unfinished,
            outer_args,
        }
    }

    /// Returns the types of the arguments.
    #[must_use]
    pub fn args(&self) -> &[Type] {
        &self.args
    }

    /// Returns the type of the result.
    #[must_use]
    pub fn return_type(&self) -> Type {
        self.return_type
    }

    /// Returns how long the compilation waited for and held each lock.
    #[must_use]
    pub fn timers(&self) -> &Timers {
        &self.timers
    }

    pub(crate) fn code(&self) -> &Code {
        &self.code
    }

    /// Returns whether the function can call itself, and so needs a checked stack.
    pub(crate) fn is_recursive(&self) -> bool {
        self.recursive
    }

    /// Returns the functions that this one calls and whose compilation finished later.
    pub(crate) fn unfinished(&self) -> &BTreeSet<Key> {
        &self.unfinished
    }

    /// Returns the argument types of the enclosing compilation of the same function, if any.
    pub(crate) fn outer_args(&self) -> Option<&[Type]> {
        self.outer_args.as_deref()
    }
}

/// The result of all passes over a function.
#[derive(Debug)]
pub(crate) struct Compiled {
    pub(crate) return_type: Type,
    pub(crate) code: Code,
    pub(crate) recursive: bool,
    pub(crate) unfinished: BTreeSet<Key>,
}

/// Lock times of one compilation in seconds, as Numba keeps them for each overload.
///
/// They are measured with `install_timer`. The times of a callee that is compiled on the way are
/// part of its caller's times.
#[derive(Debug, Default)]
pub struct Timers {
    compiler_lock: AtomicU64,
    llvm_lock: AtomicU64,
}

// Relaxed throughout: each number is independent of all other memory, and one thread writes it.
impl Timers {
    /// Returns the seconds from the first request of the compiler lock to its last release.
    #[must_use]
    pub fn compiler_lock(&self) -> f64 {
        f64::from_bits(self.compiler_lock.load(Ordering::Relaxed))
    }

    /// Returns the seconds from the first request of the code generator lock to its last release.
    #[must_use]
    pub fn llvm_lock(&self) -> f64 {
        f64::from_bits(self.llvm_lock.load(Ordering::Relaxed))
    }

    pub(crate) fn add(&self, other: &Self) {
        let sum = self.compiler_lock() + other.compiler_lock();
        self.compiler_lock.store(sum.to_bits(), Ordering::Relaxed);
        let sum = self.llvm_lock() + other.llvm_lock();
        self.llvm_lock.store(sum.to_bits(), Ordering::Relaxed);
    }

    pub(crate) fn set_compiler_lock(&self, duration: Duration) {
        let seconds = duration.as_secs_f64().to_bits();
        self.compiler_lock.store(seconds, Ordering::Relaxed);
    }

    pub(crate) fn set_llvm_lock(&self, duration: Duration) {
        let seconds = duration.as_secs_f64().to_bits();
        self.llvm_lock.store(seconds, Ordering::Relaxed);
    }
}
