//! The fields of a scope that are kept for its END.

use std::sync::{Arc, OnceLock};

use super::{Field, Repr, Value};

/// The most values or fields whose memory is used again, so that unused memory stays small.
pub(super) const MAX_REUSED: usize = 32;

/// The fields of a scope. All events of the scope that are made owned share one list of them.
#[derive(Default)]
pub(crate) struct KeptFields {
    /// The first `len` are the fields. The others are of an earlier scope, and own nothing.
    fields: Vec<Field<'static>>,
    len: usize,
    /// Whether one of the fields owns memory.
    owns: bool,
    shared: OnceLock<Arc<[Field<'static>]>>,
}

impl KeptFields {
    /// Copies `fields`. Everything that they borrow is copied or formatted. Call while there are no
    /// fields.
    #[inline(always)]
    pub(super) fn set(&mut self, fields: &[Field<'_>]) {
        self.len = fields.len();
        if self.fields.len() < self.len {
            self.grow();
        }
        for (kept, field) in self.fields.iter_mut().zip(fields) {
            kept.key = field.key;
            self.owns |= field.value.copy_to(&mut kept.value);
        }
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self) {
        let empty = || Field::new("", Value(Repr::None));
        self.fields.resize_with(self.len, empty);
    }

    #[inline(always)]
    pub(super) fn clear(&mut self) {
        self.len = 0;
        if self.owns || self.fields.capacity() > MAX_REUSED || self.shared.get().is_some() {
            self.free();
        }
    }

    #[cold]
    #[inline(never)]
    fn free(&mut self) {
        self.fields.clear();
        self.owns = false;
        self.shared.take();
        if self.fields.capacity() > MAX_REUSED {
            self.fields = Vec::new();
        }
    }

    pub(super) fn as_slice(&self) -> &[Field<'static>] {
        self.fields.get(..self.len).unwrap_or_default()
    }

    pub(super) fn share(&self) -> Arc<[Field<'static>]> {
        Arc::clone(self.shared.get_or_init(|| self.as_slice().into()))
    }
}
