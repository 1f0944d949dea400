//! The data of a scope that outlives the function that started it.

use super::captured::Captured;
use super::data::{Data, Keys};
use super::kept_fields::{KeptFields, MAX_REUSED};

/// Owned data whose memory can be used again.
pub(crate) struct KeptData {
    keys: &'static Keys,
    /// The first `len` are the values of `keys`; none if no values were captured. The others are of
    /// an earlier scope, and own nothing.
    values: Vec<Captured<'static>>,
    len: usize,
    /// Whether one of `values` may own memory.
    owns_values: bool,
    fields: KeptFields,
}

impl Default for KeptData {
    fn default() -> Self {
        const NO_KEYS: Keys = &[];
        Self {
            keys: &NO_KEYS,
            values: Vec::new(),
            len: 0,
            owns_values: false,
            fields: KeptFields::default(),
        }
    }
}

impl KeptData {
    /// Copies `data`. Everything that it borrows is copied or formatted. Call while this is empty.
    #[inline(always)]
    pub(crate) fn set(&mut self, data: &Data<'_>) {
        let (keys, values, fields) = data.parts();
        self.set_captured(keys, values);
        self.fields.set(fields);
    }

    /// Does the same as [`set`](Self::set), for captured values.
    #[inline(always)]
    pub(crate) fn set_captured(&mut self, keys: &'static Keys, values: &[Captured<'_>]) {
        self.keys = keys;
        if !values.is_empty() {
            self.set_values(values);
        }
    }

    #[inline(always)]
    fn set_values(&mut self, values: &[Captured<'_>]) {
        self.len = values.len();
        if self.values.len() < self.len {
            self.grow();
        }
        for (kept, value) in self.values.iter_mut().zip(values) {
            self.owns_values |= kept.set_copy(value.value());
        }
    }

    #[inline]
    pub(crate) fn data(&self) -> Data<'_> {
        let values = self.values.get(..self.len).unwrap_or_default();
        Data::kept(self.keys, values, &self.fields)
    }

    /// Drops the data, but not the memory for a small number of values and fields.
    #[inline(always)]
    pub(crate) fn clear(&mut self) {
        if self.owns_values || self.values.capacity() > MAX_REUSED {
            self.free_values();
        }
        self.len = 0;
        self.fields.clear();
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self) {
        self.values.resize_with(self.len, || Captured::NONE);
    }

    #[cold]
    #[inline(never)]
    fn free_values(&mut self) {
        self.values.iter_mut().for_each(Captured::free);
        self.owns_values = false;
        if self.values.capacity() > MAX_REUSED {
            self.values = Vec::new();
        }
    }
}
