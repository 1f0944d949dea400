//! For the expansions of this crate's macros alone: nothing here is stable, nobody else may name it.

pub use crate::call::{Body, Captured, Running, unseen};
pub use crate::capture::{
    Capture, TierBorrowed, TierName, TierNested, TierPrimitive, TierPrinted, TierShared,
    TierSharedDebug, TierTextual,
};
pub use crate::data::Field;
pub use crate::future::{FutureScope, ScopeFuture};
pub use crate::guard::{EventGuard, see};
pub use crate::inspect::{
    ErrorBoxed, ErrorDebug, ErrorDisplay, ErrorName, ErrorSend, ErrorText, IsResult, Returned,
    nothing,
};
pub use crate::listener::Parts;
pub use crate::scope::Ending;
pub use crate::site::Site;
pub use crate::value::Value;
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
