//! The trait of the types that provide event data.

use std::sync::Arc;

use super::data::Data;
use super::{Repr, Value};
use crate::thread::SuppressEvents;

/// Provides the data of an event.
///
/// [`data!`](crate::data), structs with `#[derive(EventData)]`, and [`Data`] implement it. `()` is
/// empty data. The data is evaluated at most once, and only if a listener wants data.
///
/// # Examples
///
/// Data whose keys are chosen at run time:
///
/// ```
/// use event_core::{Data, EventData, Field, Value, local, trigger_event};
///
/// struct Row(Vec<(&'static str, i64)>);
///
/// impl EventData for Row {
///     fn with_data<R>(self, f: impl FnOnce(Data<'_>) -> R) -> R {
///         let fields: Vec<_> =
///             self.0.iter().map(|(key, value)| Field::new(key, Value::from(*value))).collect();
///         f(Data::new(&fields))
///     }
/// }
///
/// let recorder = local::install_recorder("docs:row");
/// trigger_event("docs:row", Row(vec![("a", 1), ("b", 2)]), || {});
/// assert_eq!(recorder.buffer()[0].1.data().to_string(), "a=1 b=2");
/// ```
pub trait EventData {
    /// Calls `f` with the data, which is valid until `f` returns.
    fn with_data<R>(self, f: impl FnOnce(Data<'_>) -> R) -> R;
}

/// Evaluates `data` and copies everything that it borrows.
pub(crate) fn owned(data: impl EventData) -> Data<'static> {
    data.with_data(|data| {
        // A signal handler would allocate inside an allocation.
        let _suppress = SuppressEvents::new();
        data.into_owned()
    })
}

impl EventData for () {
    fn with_data<R>(self, f: impl FnOnce(Data<'_>) -> R) -> R {
        f(Data::default())
    }
}

impl EventData for Data<'_> {
    fn with_data<R>(self, f: impl FnOnce(Data<'_>) -> R) -> R {
        // The fields that an END adds are ordinary fields of another event.
        f(if self.has_added() {
            self.into_owned()
        } else {
            self
        })
    }
}

impl EventData for &Data<'_> {
    fn with_data<R>(self, f: impl FnOnce(Data<'_>) -> R) -> R {
        self.clone().with_data(f)
    }
}

impl<'a, T> EventData for &&'a T
where
    &'a T: EventData,
{
    fn with_data<R>(self, f: impl FnOnce(Data<'_>) -> R) -> R {
        (*self).with_data(f)
    }
}

impl<T: EventData> EventData for Option<T> {
    fn with_data<R>(self, f: impl FnOnce(Data<'_>) -> R) -> R {
        match self {
            Some(data) => data.with_data(f),
            None => f(Data::default()),
        }
    }
}

impl Value<'static> {
    /// Returns `data` as a single value: a map inside the event's data.
    #[must_use]
    pub fn nested(data: impl EventData) -> Self {
        Self(Repr::Nested(data.with_data(|data| data.to_fields())))
    }
}

impl Value<'_> {
    /// Returns the data inside the value; see [`Value::nested`].
    #[must_use]
    pub fn to_data(&self) -> Option<Data<'static>> {
        match &self.0 {
            Repr::Nested(fields) => Some(Data::owned(Arc::clone(fields))),
            _ => None,
        }
    }
}
