//! `data!`: fields that are evaluated if a listener wants data.

use std::fmt;

use super::data::{Data, EventData, Field};
use crate::thread::Busy;

/// What [`data!`](crate::data) makes: fields that are not yet evaluated.
#[derive(Clone, Copy)]
pub struct LazyData<F>(F);

impl<F: FnOnce(&mut dyn FnMut(&[Field<'_>]))> LazyData<F> {
    /// For `data!` alone: the closure evaluates the fields and lends them to what it is given.
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
        let (mut f, mut result) = (Some(f), None);
        // While the fields are evaluated, and no longer.
        let mut busy = Some(Busy::enter());
        (self.0)(&mut |fields| {
            busy = None;
            result = f.take().map(|f| f(Data::new(fields)));
        });
        result.expect("`data!` lends its fields once")
    }
}

/// Makes event data: `data! { name = expr, name = ?expr, name = %expr, name }`.
///
/// Bare, a value is what it is: numbers, `bool`, `char`, strings and bytes keep their type, an
/// `Arc<T>` stays the live object (write `?x` for one that is not `'static`), anything else is
/// printed by its `Debug`, or, if it has none, is the name of its type. `?` prints by `Debug`,
/// `%` by `Display`. A name alone is the variable of that name. No value is moved.
///
/// The expressions are evaluated at most once, and only if a listener wants data. What they
/// borrow stays borrowed until the call that takes the data returns.
///
/// # Examples
///
/// ```
/// use event_core::{data, local, trigger_event};
///
/// let recorder = local::install_recorder("docs:data_macro");
/// let (n, flags) = (3, [true, false]);
/// trigger_event("docs:data_macro", data! { n, flags = ?flags, total = %n + 1 }, || {});
/// let (_, start) = &recorder.buffer()[0];
/// assert_eq!(start.data().to_string(), r#"n=3 flags=[true, false] total="4""#);
/// ```
///
/// Nobody listens, nothing is evaluated:
///
/// ```
/// # use event_core::{data, trigger_event};
/// trigger_event("docs:nobody", data! { n = panic!("never run") as u8 }, || {});
/// ```
#[macro_export]
macro_rules! data {
    (@fields [$($done:expr,)*]) => {
        $crate::LazyData::new(|fields: &mut dyn ::core::ops::FnMut(&[$crate::Field<'_>])| {
            #[allow(unused_imports)]
            use $crate::__private::{
                TierBorrowed as _, TierName as _, TierNested as _, TierPrimitive as _,
                TierPrinted as _, TierShared as _, TierSharedDebug as _, TierTextual as _,
            };
            // In one expression, so that what the values borrow lives long enough.
            fields(&[$($done,)*])
        })
    };
    (@fields [$($done:expr,)*] $name:ident = ? $value:expr $(, $($rest:tt)*)?) => {
        $crate::data!(@fields [$($done,)* $crate::Field::new(
            $crate::__private::key!($name), $crate::Value::printed(&$value),
        ),] $($($rest)*)?)
    };
    (@fields [$($done:expr,)*] $name:ident = % $value:expr $(, $($rest:tt)*)?) => {
        $crate::data!(@fields [$($done,)* $crate::Field::new(
            $crate::__private::key!($name), $crate::Value::displayed(&($value)),
        ),] $($($rest)*)?)
    };
    (@fields [$($done:expr,)*] $name:ident = $value:expr $(, $($rest:tt)*)?) => {
        $crate::data!(@fields [$($done,)* $crate::Field::new(
            $crate::__private::key!($name), $crate::__private::given!($value),
        ),] $($($rest)*)?)
    };
    (@fields [$($done:expr,)*] $name:ident $(, $($rest:tt)*)?) => {
        $crate::data!(@fields [$($done,)* $crate::Field::new(
            $crate::__private::key!($name), $crate::__private::given!($name),
        ),] $($($rest)*)?)
    };
    ($($fields:tt)*) => {
        $crate::data!(@fields [] $($fields)*)
    };
}
