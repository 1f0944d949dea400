//! The data of a scope that outlives the function that started it.

use super::Field;
use super::captured::Captured;
use super::data::{Data, KeptFields, Keys};

/// Owned data whose memory can be used again.
pub(crate) struct KeptData {
    keys: &'static Keys,
    /// The values of `keys`; empty if no values were captured.
    values: Vec<Captured<'static>>,
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
            owns_values: false,
            fields: KeptFields::default(),
        }
    }
}

impl KeptData {
    /// Copies `data`. Everything that it borrows is copied or formatted. Call while this is empty.
    pub(crate) fn set(&mut self, data: &Data<'_>) {
        let (keys, values, fields) = data.parts();
        self.keys = keys;
        let owns_values = &mut self.owns_values;
        self.values.extend(values.iter().map(|value| {
            let owned = value.value().to_owned();
            *owns_values |= owned.owns();
            Captured::new(owned)
        }));
        let owned = |field: &Field<'_>| Field::new(field.key(), field.value().to_owned());
        self.fields.extend(fields.iter().map(owned));
    }

    #[inline]
    pub(crate) fn data(&self) -> Data<'_> {
        Data::kept(self.keys, &self.values, &self.fields)
    }

    /// Drops the data, but not the memory for values and fields.
    pub(crate) fn clear(&mut self) {
        if self.owns_values {
            self.values.iter_mut().for_each(Captured::free);
            self.owns_values = false;
        }
        self.values.clear();
        self.fields.clear();
    }
}
