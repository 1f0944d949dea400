//! The outcome of a function: the part of its returned value that the END carries.

use crate::event::exc_details::ExcDetails;
use crate::value::{Field, Value};

/// The returned value and the error, if the attribute's `ret` and `err` request them.
#[derive(Debug, Default)]
pub struct Outcome<'a> {
    pub(crate) returned: Option<Field<'a>>,
    /// Boxed, because failures are rare and an outcome is moved.
    pub(crate) exc: Option<Box<ExcDetails<'a>>>,
}

impl<'a> Outcome<'a> {
    /// Returns an outcome with neither value nor error.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the value to the END's data, as `return`.
    #[must_use]
    pub fn returned(self, value: Value<'a>) -> Self {
        Self {
            returned: Some(Field::new("return", value)),
            ..self
        }
    }

    /// Adds the value, if there is one.
    #[must_use]
    pub fn maybe_returned(self, value: Option<Value<'a>>) -> Self {
        Self {
            returned: value.map(|value| Field::new("return", value)),
            ..self
        }
    }

    /// Adds the error to the END, if there is one.
    #[must_use]
    pub fn failed(self, exc: Option<ExcDetails<'a>>) -> Self {
        Self {
            exc: exc.map(Box::new),
            ..self
        }
    }

    /// Returns the outcome without borrows.
    pub(crate) fn into_owned(self) -> Outcome<'static> {
        Outcome {
            returned: self.returned.map(Field::into_owned),
            exc: self.exc.map(|exc| Box::new(exc.into_owned())),
        }
    }
}
