//! The memory that owned data takes, and data that keeps no objects of the program alive.

use super::data::Data;
use super::{Field, Repr, Value};
use crate::sync::Arc;

/// Returns about how many bytes of memory the fields take.
pub(crate) fn fields_memory(fields: &[Field<'_>]) -> usize {
    let values = fields.iter().map(|field| value_memory(&field.value));
    size_of_val(fields) + values.sum::<usize>()
}

/// Returns about how many bytes of memory the value takes, beyond itself.
pub(crate) fn value_memory(value: &Value<'_>) -> usize {
    match &value.0 {
        Repr::Owned(text) | Repr::Printed(text) => text.len(),
        Repr::OwnedBytes(bytes) => bytes.len(),
        Repr::Nested(fields) => fields_memory(fields),
        _ => 0, // borrowed, stored in the value, or shared with the program
    }
}

impl Value<'_> {
    /// Returns whether the value is an object that it shares with the program.
    pub(crate) fn is_object(&self) -> bool {
        matches!(self.0, Repr::Shared(_) | Repr::SharedDebug(_))
    }

    /// Returns the text of an object, or the owned value.
    fn without_object(self) -> Value<'static> {
        match &self.0 {
            Repr::Shared(object) => Value(Repr::TypeName(object.type_name())),
            Repr::SharedDebug(object) => Value::printed(object),
            Repr::Nested(fields) => Value(Repr::Nested(without_objects(fields))),
            _ => self.into_owned(),
        }
    }
}

impl Field<'_> {
    /// Returns whether the value is an object of the program, or fields that may have one.
    pub(crate) fn has_objects(&self) -> bool {
        self.value.is_object() || matches!(self.value.0, Repr::Nested(_))
    }
}

/// Returns the fields with the texts of objects. This runs their `Debug`.
pub(crate) fn without_objects(fields: &Arc<[Field<'static>]>) -> Arc<[Field<'static>]> {
    if !fields.iter().any(Field::has_objects) {
        return Arc::clone(fields);
    }
    let fields = fields.iter().cloned();
    let fields = fields.map(|field| Field::new(field.key, field.value.without_object()));
    fields.collect()
}

impl Data<'static> {
    /// Returns the data with the texts of objects.
    pub(crate) fn without_objects(&self) -> Self {
        if self.is_empty() {
            Self::default()
        } else {
            Self::owned(without_objects(&self.to_fields()))
        }
    }
}
