//! The fields of `data!`, which are evaluated only if a listener wants data.

use std::fmt;

use super::Field;
use super::data::Data;
use super::event_data::EventData;
use crate::thread::SuppressInExpression;

/// Fields that are not evaluated yet; [`data!`](crate::data) returns them.
#[derive(Clone, Copy)]
pub struct LazyData<F>(F);

impl<F: FnOnce(&mut dyn FnMut(&[Field<'_>]))> LazyData<F> {
    /// Only for `data!`: `fields` evaluates the fields and passes them to its argument.
    #[doc(hidden)]
    pub const fn new(fields: F) -> Self {
        Self(fields)
    }
}

impl<F> fmt::Debug for LazyData<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LazyData(..)")
    }
}

impl<F: FnOnce(&mut dyn FnMut(&[Field<'_>]))> EventData for LazyData<F> {
    fn with_data<R>(self, f: impl FnOnce(Data<'_>) -> R) -> R {
        let mut f = Some(f);
        let mut result = None;
        // Dropped before `f` is called, because `f` broadcasts.
        let mut suppress = Some(SuppressInExpression::new());
        (self.0)(&mut |fields| {
            suppress = None;
            result = f.take().map(|f| f(Data::new(fields)));
        });
        result.expect("`data!` passes its fields once")
    }
}
