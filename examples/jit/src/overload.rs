//! A function compiled for one tuple of argument types.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::compiling::Key;
use crate::native::Code;
use crate::types::Type;

/// Machine code, and what it took to make it.
#[derive(Debug)]
pub struct Overload {
    args: Vec<Type>,
    return_type: Type,
    timers: Arc<Timers>,
    code: Code,
    recursive: bool,
    unfinished: BTreeSet<Key>,
    inside: Option<Vec<Type>>,
}

impl Overload {
    pub(crate) fn new(
        args: &[Type],
        compiled: Compiled,
        timers: Arc<Timers>,
        inside: Option<Vec<Type>>,
    ) -> Self {
        Self {
            args: args.to_vec(),
            return_type: compiled.return_type,
            timers,
            code: compiled.code,
            recursive: compiled.recursive,
            unfinished: compiled.unfinished,
            inside,
        }
    }

    /// The types of the arguments.
    #[must_use]
    pub fn args(&self) -> &[Type] {
        &self.args
    }

    /// The type of the result.
    #[must_use]
    pub fn return_type(&self) -> Type {
        self.return_type
    }

    /// How long the compilation held or waited for each lock.
    #[must_use]
    pub fn timers(&self) -> &Timers {
        &self.timers
    }

    pub(crate) fn code(&self) -> &Code {
        &self.code
    }

    /// Whether it can call itself, so that its stack is watched.
    pub(crate) fn is_recursive(&self) -> bool {
        self.recursive
    }

    /// What it calls that was not compiled yet when it was.
    pub(crate) fn unfinished(&self) -> &BTreeSet<Key> {
        &self.unfinished
    }

    /// The argument types of the same function's compilation that this one ran inside of.
    pub(crate) fn inside(&self) -> Option<&[Type]> {
        self.inside.as_deref()
    }
}

/// What the passes make of a function.
#[derive(Debug)]
pub(crate) struct Compiled {
    pub(crate) return_type: Type,
    pub(crate) code: Code,
    pub(crate) recursive: bool,
    pub(crate) unfinished: BTreeSet<Key>,
}

/// Seconds measured with `install_timer` around a compilation, as Numba keeps them for each
/// overload. A callee compiled on the way counts into its caller's.
#[derive(Debug, Default)]
pub struct Timers {
    compiler_lock: AtomicU64,
    llvm_lock: AtomicU64,
}

// Relaxed throughout: each number stands alone and is set by one thread.
impl Timers {
    /// Seconds from the first wish for the compiler lock to its last release.
    #[must_use]
    pub fn compiler_lock(&self) -> f64 {
        f64::from_bits(self.compiler_lock.load(Ordering::Relaxed))
    }

    /// The same for the code generator's lock.
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
