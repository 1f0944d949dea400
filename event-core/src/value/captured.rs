//! Values that a call site captured.

use std::mem::{self, ManuallyDrop};

use super::{Repr, Value};

/// A value that a call site captured. It has no `Drop`, because most values own nothing; the others are freed by
/// `free`.
#[derive(Debug)]
pub struct Captured<'a>(ManuallyDrop<Value<'a>>);

impl<'a> Captured<'a> {
    pub(crate) const NONE: Self = Self::new(Value(Repr::None));

    #[inline]
    pub(crate) const fn new(value: Value<'a>) -> Self {
        Self(ManuallyDrop::new(value))
    }

    /// Replaces the value, which must own nothing.
    #[inline]
    pub(crate) fn set(&mut self, value: Value<'a>) {
        self.0 = ManuallyDrop::new(value);
    }

    /// Returns whether the value must be freed.
    #[inline]
    pub(crate) fn owns(&self) -> bool {
        self.0.owns()
    }

    pub(crate) fn value(&self) -> &Value<'a> {
        &self.0
    }

    pub(crate) fn free(&mut self) {
        let value = mem::replace(&mut self.0, ManuallyDrop::new(Value(Repr::None)));
        drop(ManuallyDrop::into_inner(value));
    }
}

/// Captures an argument as a value.
pub type CaptureFn<'v, T> = fn(&T, &mut Captured<'v>);
