//! Captured values: the arguments of one call, on the stack.
//!
//! Dropping a [`Captured`] frees nothing. The owner calls `Captured::free` if a value owns
//! memory.

use std::fmt::Debug;
use std::mem::{self, ManuallyDrop};

use super::{Repr, Value};

/// A value that a call site captured.
///
/// It has no `Drop`, because most values own nothing. `free` frees the others.
#[derive(Debug)]
pub struct Captured<'a>(ManuallyDrop<Value<'a>>);

impl<'a> Captured<'a> {
    pub(crate) const NONE: Self = Self::new(Value(Repr::None));

    #[inline]
    pub(crate) const fn new(value: Value<'a>) -> Self {
        Self(ManuallyDrop::new(value))
    }

    /// Replaces the value without freeing it. The previous value must own nothing.
    #[inline]
    pub(crate) fn set(&mut self, value: Value<'a>) {
        self.0 = ManuallyDrop::new(value);
    }

    /// Replaces the value by a copy of `value` without borrows. The previous value must own
    /// nothing. Returns whether `free` must be called.
    #[inline(always)]
    pub(crate) fn set_copy(&mut self, value: &Value<'_>) -> bool
    where
        'a: 'static,
    {
        value.copy_to(&mut self.0)
    }

    /// Replaces the value by the text of a `Debug`. The previous value must own nothing. Returns
    /// whether `free` must be called.
    #[inline(never)]
    #[expect(improper_ctypes_definitions, reason = "only Rust code calls it")]
    pub(crate) extern "C" fn set_printed(&mut self, value: &dyn Debug) -> bool {
        self.set(Value::printed(value));
        self.owns()
    }

    /// Replaces the value by a clone of `other`. The previous value must own nothing.
    #[inline(never)]
    pub(crate) extern "C" fn set_clone(&mut self, other: &Captured<'a>) {
        self.set(other.value().clone());
    }

    /// Returns whether `free` must be called.
    #[inline]
    pub(crate) fn owns(&self) -> bool {
        self.0.owns()
    }

    pub(crate) fn value(&self) -> &Value<'a> {
        &self.0
    }

    /// Frees the value, and leaves a value that owns nothing.
    pub(crate) fn free(&mut self) {
        let value = mem::replace(&mut self.0, ManuallyDrop::new(Value(Repr::None)));
        drop(ManuallyDrop::into_inner(value));
    }
}
