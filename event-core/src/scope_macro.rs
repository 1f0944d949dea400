//! The macros `scope!`, `try_scope!` and `enter!`. No module imports this file: the macros are
//! exported at the crate's root.

/// Runs a block in a scope: `scope!(KIND, fields…; { block })`. Returns the value of the block.
///
/// It does the same as [`trigger_event`](fn@crate::trigger_event) with
/// `data! { fields… }`, and has a call site of its own, like an annotated function:
///
/// - Without a listener it costs a load and a branch.
/// - The [`site`](crate::Event::site) of its events is the position of the macro. Its function and
///   its path are the kind.
/// - `KIND` is a string literal, or the path of a constant [`Kind`](crate::Kind). An invalid
///   literal does not compile. Neither does a variable (E0435, "non-constant value"): for a kind
///   that is known only at run time, call `trigger_event`.
///
/// The block is the body of a closure: `return` and `?` leave the block, and it cannot contain
/// `.await`, or a `break` or `continue` of a loop around it. For `async` code, annotate an
/// `async fn`, or use [`open_event`](crate::open_event). Fields are borrowed until the block has
/// run. [`try_scope!`](crate::try_scope) makes the END of an `Err` a failure.
///
/// # Examples
///
/// ```
/// use event_core::{Kind, local, scope};
///
/// const DRAW: Kind = Kind::from_static("docs:scope_draw");
///
/// let recorder = local::install_recorder("docs:scope*");
/// let (width, name) = (3, "a");
/// let area = scope!("docs:scope", width, name = %name; { width * 2 });
/// assert_eq!(area, 6);
/// scope!(DRAW; {});
///
/// assert_eq!(recorder.lines(), [
///     r#"START docs:scope width=3 name="a""#,
///     r#"END docs:scope width=3 name="a""#,
///     "START docs:scope_draw",
///     "END docs:scope_draw",
/// ]);
/// assert_eq!(recorder.buffer()[0].1.site().unwrap().line(), line!() - 10);
/// ```
#[macro_export]
macro_rules! scope {
    (@fields [$run:ident $($callsite:tt)*] [$($done:tt)*] ; $body:block) => {
        $crate::__private::Callsite::$run($($callsite)*, $crate::data!($($done)*), || $body)
    };
    (@fields $call:tt [$($done:tt)*] $($name:ident).+ = $(tracing::)? field::Empty $($rest:tt)*) => {
        $crate::data!($($name).+ = field::Empty) // the error
    };
    (@fields $call:tt [$($done:tt)*] $($name:ident).+ = ? $value:expr, $($rest:tt)*) => {
        $crate::scope!(@fields $call [$($done)* $($name).+ = ? $value,] $($rest)*)
    };
    (@fields $call:tt [$($done:tt)*] $($name:ident).+ = ? $value:expr; $body:block) => {
        $crate::scope!(@fields $call [$($done)* $($name).+ = ? $value,] ; $body)
    };
    (@fields $call:tt [$($done:tt)*] $($name:ident).+ = % $value:expr, $($rest:tt)*) => {
        $crate::scope!(@fields $call [$($done)* $($name).+ = % $value,] $($rest)*)
    };
    (@fields $call:tt [$($done:tt)*] $($name:ident).+ = % $value:expr; $body:block) => {
        $crate::scope!(@fields $call [$($done)* $($name).+ = % $value,] ; $body)
    };
    (@fields $call:tt [$($done:tt)*] $($name:ident).+ = $value:expr, $($rest:tt)*) => {
        $crate::scope!(@fields $call [$($done)* $($name).+ = $value,] $($rest)*)
    };
    (@fields $call:tt [$($done:tt)*] $($name:ident).+ = $value:expr; $body:block) => {
        $crate::scope!(@fields $call [$($done)* $($name).+ = $value,] ; $body)
    };
    (@fields $call:tt [$($done:tt)*] $($name:ident).+, $($rest:tt)*) => {
        $crate::scope!(@fields $call [$($done)* $($name).+,] $($rest)*)
    };
    (@fields $call:tt [$($done:tt)*] $($name:ident).+; $body:block) => {
        $crate::scope!(@fields $call [$($done)* $($name).+,] ; $body)
    };
    (@fields $call:tt [$($done:tt)*] ? $($name:ident).+, $($rest:tt)*) => {
        $crate::scope!(@fields $call [$($done)* ? $($name).+,] $($rest)*)
    };
    (@fields $call:tt [$($done:tt)*] ? $($name:ident).+; $body:block) => {
        $crate::scope!(@fields $call [$($done)* ? $($name).+,] ; $body)
    };
    (@fields $call:tt [$($done:tt)*] % $($name:ident).+, $($rest:tt)*) => {
        $crate::scope!(@fields $call [$($done)* % $($name).+,] $($rest)*)
    };
    (@fields $call:tt [$($done:tt)*] % $($name:ident).+; $body:block) => {
        $crate::scope!(@fields $call [$($done)* % $($name).+,] ; $body)
    };
    (@fields $call:tt [$($done:tt)*] $name:literal = ? $value:expr, $($rest:tt)*) => {
        $crate::scope!(@fields $call [$($done)* $name = ? $value,] $($rest)*)
    };
    (@fields $call:tt [$($done:tt)*] $name:literal = ? $value:expr; $body:block) => {
        $crate::scope!(@fields $call [$($done)* $name = ? $value,] ; $body)
    };
    (@fields $call:tt [$($done:tt)*] $name:literal = % $value:expr, $($rest:tt)*) => {
        $crate::scope!(@fields $call [$($done)* $name = % $value,] $($rest)*)
    };
    (@fields $call:tt [$($done:tt)*] $name:literal = % $value:expr; $body:block) => {
        $crate::scope!(@fields $call [$($done)* $name = % $value,] ; $body)
    };
    (@fields $call:tt [$($done:tt)*] $name:literal = $value:expr, $($rest:tt)*) => {
        $crate::scope!(@fields $call [$($done)* $name = $value,] $($rest)*)
    };
    (@fields $call:tt [$($done:tt)*] $name:literal = $value:expr; $body:block) => {
        $crate::scope!(@fields $call [$($done)* $name = $value,] ; $body)
    };
    (@fields $call:tt [$($done:tt)*] $($rest:tt)*) => {
        ::core::compile_error!(::core::concat!(
            "expected a field as in `data!`, or `; { block }` after the fields, at `",
            ::core::stringify!($($rest)*), "`; an expression needs a name: `name = value`",
        ))
    };
    ($kind:literal; $body:block) => {
        $crate::scope!(@fields [run $crate::__callsite!($kind)] [] ; $body)
    };
    ($kind:literal, $($rest:tt)*) => {
        $crate::scope!(@fields [run $crate::__callsite!($kind)] [] $($rest)*)
    };
    ($kind:path; $body:block) => {
        $crate::scope!(@fields [run $crate::__callsite!($kind)] [] ; $body)
    };
    ($kind:path, $($rest:tt)*) => {
        $crate::scope!(@fields [run $crate::__callsite!($kind)] [] $($rest)*)
    };
    ($($other:tt)*) => {
        ::core::compile_error!(
            "expected `scope!(KIND, fields…; { block })`, in which KIND is a string or the path of a constant"
        )
    };
}

/// Does the same as [`scope!`](crate::scope) for a block whose value is a `Result`: the END of an
/// `Err` is a failure.
///
/// It is [`try_trigger_event`](crate::try_trigger_event) with a call site, and reports the error
/// like that function, which also takes a kind in a variable. `?` leaves the block, so its error is
/// reported, too. The type of the error follows from the use of the macro's value. If nothing uses
/// it, write the type: `let loaded: Result<(), LoadError> = try_scope!(…);`.
///
/// # Examples
///
/// ```
/// use event_core::{local, try_scope};
/// use std::num::ParseIntError;
///
/// fn sum(a: &str, b: &str) -> Result<u32, ParseIntError> {
///     try_scope!("docs:try_scope", a, b; {
///         let first: u32 = a.parse()?;
///         Ok(first + b.parse::<u32>()?)
///     })
/// }
///
/// let recorder = local::install_recorder("docs:try_scope");
/// assert_eq!(sum("1", "2"), Ok(3));
/// assert!(sum("1", "2x").is_err());
/// assert_eq!(recorder.lines()[1..], [
///     r#"END docs:try_scope a="1" b="2""#,
///     r#"START docs:try_scope a="1" b="2x""#,
///     r#"END docs:try_scope a="1" b="2x" failed: error: invalid digit found in string"#,
/// ]);
/// ```
#[macro_export]
macro_rules! try_scope {
    ($kind:literal; $body:block) => {
        $crate::scope!(@fields [try_run $crate::__callsite!($kind)] [] ; $body)
    };
    ($kind:literal, $($rest:tt)*) => {
        $crate::scope!(@fields [try_run $crate::__callsite!($kind)] [] $($rest)*)
    };
    ($kind:path; $body:block) => {
        $crate::scope!(@fields [try_run $crate::__callsite!($kind)] [] ; $body)
    };
    ($kind:path, $($rest:tt)*) => {
        $crate::scope!(@fields [try_run $crate::__callsite!($kind)] [] $($rest)*)
    };
    ($($other:tt)*) => {
        ::core::compile_error!(
            "expected `try_scope!(KIND, fields…; { block })`, in which KIND is a string or the path of a constant"
        )
    };
}

/// Broadcasts a START now, and the END when the returned guard is dropped: `enter!(KIND, fields…)`.
///
/// It does the same as [`enter_event`](crate::enter_event) with `data! { fields… }`, and has a call
/// site of its own; see [`scope!`](crate::scope). For a kind in a variable, call `enter_event`.
///
/// # Examples
///
/// ```
/// use event_core::{enter, local};
///
/// let recorder = local::install_recorder("docs:enter_macro");
/// {
///     let _guard = enter!("docs:enter_macro", step = 1);
///     assert_eq!(recorder.lines(), ["START docs:enter_macro step=1"]);
/// }
/// assert_eq!(recorder.len(), 2);
/// assert_eq!(recorder.buffer()[0].1.site().unwrap().line(), line!() - 4);
/// ```
#[macro_export]
macro_rules! enter {
    ($kind:literal $(, $($fields:tt)*)?) => {
        $crate::__private::Callsite::enter_with(
            $crate::__callsite!($kind),
            $crate::data!($($($fields)*)?),
        )
    };
    ($kind:path $(, $($fields:tt)*)?) => {
        $crate::__private::Callsite::enter_with(
            $crate::__callsite!($kind),
            $crate::data!($($($fields)*)?),
        )
    };
    ($($other:tt)*) => {
        ::core::compile_error!(
            "expected `enter!(KIND, fields…)`, in which KIND is a string or the path of a constant"
        )
    };
}

/// The call site of a macro.
#[doc(hidden)]
#[macro_export]
macro_rules! __callsite {
    ($kind:literal) => {
        $crate::__callsite!(@ $crate::Kind::from_static($kind))
    };
    ($kind:path) => {
        $crate::__callsite!(@ $kind)
    };
    // For a variable, the error of the compiler shows the line of the `static` with its comment.
    (@ $kind:expr) => {{
        static CALLSITE // for a kind in a variable, call `trigger_event` or `enter_event`
        : $crate::__private::Callsite = $crate::__private::Callsite::of_macro(
            $kind,
            (::core::file!(), ::core::line!(), ::core::column!()),
        );
        &CALLSITE
    }};
}
