//! For the expansions of this crate's macros alone: nothing here is stable, nobody else may name it.

pub use crate::capture::returned::{
    ErrorBoxed, ErrorDebug, ErrorDisplay, ErrorName, ErrorSend, ErrorText, IsResult, Returned,
};
pub use crate::capture::{
    Arg, ArgBorrowed, ArgName, ArgPrinted, Capture, TierBorrowed, TierName, TierNested,
    TierPrimitive, TierPrinted, TierShared, TierSharedDebug, TierTextual, argument,
};
pub use crate::event::site::Site;
pub use crate::listener::Parts;
pub use crate::scope::Ending;
pub use crate::scope::call::{
    Body, Collected, How, Running, call_0, call_1, call_2, call_3, call_4, call_5, call_6, call_7,
    call_8, call_with_0, call_with_1, call_with_2, call_with_3, call_with_4, call_with_5,
    call_with_6, call_with_7, call_with_8, method_0, method_1, method_2, method_3, method_4,
    method_5, method_6, method_7, method_8, method_with_0, method_with_1, method_with_2,
    method_with_3, method_with_4, method_with_5, method_with_6, method_with_7, method_with_8,
    unseen,
};
pub use crate::scope::future::FutureScope;
pub use crate::scope::future::poll::ScopeFuture;
pub use crate::scope::future::start::{
    begin, begin_1, begin_2, begin_3, begin_4, begin_5, begin_6, begin_7, begin_8,
};
pub use crate::scope::guard::{EventGuard, see};
pub use crate::value::Value;
pub use crate::value::captured::Captured;
pub use crate::value::data::Field;
pub use crate::{__given as given, __key as key};

pub use std::boxed::Box;

/// Gives a closure back, known to be called once.
#[inline]
pub const fn once<R, F: FnOnce() -> R>(body: F) -> F {
    body
}

/// While it lives, what data's expressions trigger is let go.
#[must_use]
pub fn collecting() -> impl Drop {
    crate::thread::Busy::enter()
}

/// Gives a closure back that makes a future, whose output is said.
#[inline]
pub const fn once_future<T, R: Future<Output = T>, F: FnOnce() -> R>(make: F) -> F {
    make
}

/// The name of an identifier without `r#`.
#[must_use]
pub const fn key(name: &'static str) -> &'static str {
    match name.as_bytes() {
        [b'r', b'#', plain @ ..] => match std::str::from_utf8(plain) {
            Ok(plain) => plain,
            Err(_) => name,
        },
        _ => name,
    }
}

#[doc(hidden)]
#[macro_export]
macro_rules! __key {
    ($name:ident) => {
        const { $crate::__private::key(::core::stringify!($name)) }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __given {
    ($value:expr) => {
        (&&&&&&&$crate::__private::Capture::given(&$value)).__event_core_capture()
    };
}
