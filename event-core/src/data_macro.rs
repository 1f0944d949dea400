//! The macro `data!`. No module imports this file: the macro is exported at the crate's root.

/// Makes event data: `data! { name = expr, name = ?expr, name = %expr, name }`.
///
/// - `name = expr` keeps the type of numbers, `bool`, `char`, strings and bytes. An `Arc<T>` stays
///   the live object (write `?x` if `T` is not `'static`). Any other value is formatted by its
///   `Debug`, or becomes the name of its type if it has no `Debug`.
/// - `name = ?expr` formats by `Debug`, and `name = %expr` by `Display`.
/// - `name` alone is short for `name = name`, and so are `?name` and `%name`.
/// - A name may have dots (`user.id = 3`) or be a string (`"http.status" = 200`). `user.id` alone
///   is the field `id` of the struct `user`, with the name `user.id`.
/// - Any other expression needs a name: write `len = list.len()`, and not `list.len()`.
///
/// The expressions are borrowed, not moved, until the call that takes the data returns. They are
/// evaluated at most once, and only if a listener wants data. Events are suppressed meanwhile: call
/// an annotated function before, if its own events are to be received.
///
/// # Examples
///
/// ```
/// use event_core::{data, local, trigger_event};
///
/// let recorder = local::install_recorder("docs:data_macro");
/// let n = 3;
/// let flags = [true, false];
/// trigger_event("docs:data_macro", data! { n, flags = ?flags, total = %n + 1 }, || {});
/// let (_, start) = &recorder.buffer()[0];
/// assert_eq!(start.data().to_string(), r#"n=3 flags=[true, false] total="4""#);
/// ```
///
/// Without a listener, no expression is evaluated:
///
/// ```
/// # use event_core::{data, trigger_event};
/// trigger_event("docs:no_listener", data! { n = panic!("never run") as u8 }, || {});
/// ```
#[macro_export]
macro_rules! data {
    (@fields [$($done:expr,)*]) => {
        $crate::LazyData::new(|__event_core_fields: &mut dyn ::core::ops::FnMut(&[$crate::Field<'_>])| {
            #[allow(unused_imports)]
            use $crate::__private::{
                TierBorrowed as _, TierName as _, TierNested as _, TierPrimitive as _,
                TierPrinted as _, TierShared as _, TierSharedDebug as _, TierTextual as _,
            };
            // In one expression, so that the temporaries that the values borrow live until it ends.
            __event_core_fields(&[$($done,)*])
        })
    };
    (@fields [$($done:expr,)*] $($name:ident).+ = $(tracing::)? field::Empty $(, $($rest:tt)*)?) => {
        ::core::compile_error!(::core::concat!(
            "a field need not be declared; remove `", ::core::stringify!($($name).+),
            "`, and write `add_data(data! { … })` in the body",
        ))
    };
    (@fields [$($done:expr,)*] $($name:ident).+ = ? $value:expr $(, $($rest:tt)*)?) => {
        $crate::data!(@fields [$($done,)* $crate::Field::new(
            $crate::__private::key!($($name).+), $crate::Value::printed(&$value),
        ),] $($($rest)*)?)
    };
    (@fields [$($done:expr,)*] $($name:ident).+ = % $value:expr $(, $($rest:tt)*)?) => {
        $crate::data!(@fields [$($done,)* $crate::Field::new(
            $crate::__private::key!($($name).+), $crate::Value::displayed(&($value)),
        ),] $($($rest)*)?)
    };
    (@fields [$($done:expr,)*] $($name:ident).+ = $value:expr $(, $($rest:tt)*)?) => {
        $crate::data!(@fields [$($done,)* $crate::Field::new(
            $crate::__private::key!($($name).+), $crate::__private::captured!($value),
        ),] $($($rest)*)?)
    };
    (@fields [$($done:expr,)*] $name:literal = ? $value:expr $(, $($rest:tt)*)?) => {
        $crate::data!(@fields [$($done,)* $crate::Field::new(
            $name, $crate::Value::printed(&$value),
        ),] $($($rest)*)?)
    };
    (@fields [$($done:expr,)*] $name:literal = % $value:expr $(, $($rest:tt)*)?) => {
        $crate::data!(@fields [$($done,)* $crate::Field::new(
            $name, $crate::Value::displayed(&($value)),
        ),] $($($rest)*)?)
    };
    (@fields [$($done:expr,)*] $name:literal = $value:expr $(, $($rest:tt)*)?) => {
        $crate::data!(@fields [$($done,)* $crate::Field::new(
            $name, $crate::__private::captured!($value),
        ),] $($($rest)*)?)
    };
    (@fields [$($done:expr,)*] ? $($name:ident).+ $(, $($rest:tt)*)?) => {
        $crate::data!(@fields [$($done,)* $crate::Field::new(
            $crate::__private::key!($($name).+), $crate::Value::printed(&$($name).+),
        ),] $($($rest)*)?)
    };
    (@fields [$($done:expr,)*] % $($name:ident).+ $(, $($rest:tt)*)?) => {
        $crate::data!(@fields [$($done,)* $crate::Field::new(
            $crate::__private::key!($($name).+), $crate::Value::displayed(&$($name).+),
        ),] $($($rest)*)?)
    };
    (@fields [$($done:expr,)*] $($name:ident).+ $(, $($rest:tt)*)?) => {
        $crate::data!(@fields [$($done,)* $crate::Field::new(
            $crate::__private::key!($($name).+), $crate::__private::captured!($($name).+),
        ),] $($($rest)*)?)
    };
    (@fields [$($done:expr,)*] $($rest:tt)+) => {
        ::core::compile_error!(::core::concat!(
            "expected a field at `", ::core::stringify!($($rest)+), "`; a field is `name = value`, ",
            "`name = ?value` or `name = %value`, or a variable: `name`, `?name` or `%name`",
        ))
    };
    ($($fields:tt)*) => {
        $crate::data!(@fields [] $($fields)*)
    };
}
