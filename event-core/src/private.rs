//! Items for the expansions of this crate's macros and for `event-export`.
//!
//! Nothing here is stable: no other crate may use it.

pub use crate::capture::argument::{
    Arg, ArgBorrowed, ArgCopied, ArgName, ArgPrinted, ByCopy, ByName, ByReference, ByText, ByValue,
    CaptureArg, Redacted, Skipped, Slot, argument,
};
pub use crate::capture::result_type::{
    AnyResult, MaybeResultType, No, TypeOfAny, TypeOfFuture, TypeOfResult, Yes,
};
pub use crate::capture::returned::{
    ErrorBoxed, ErrorDebug, ErrorDisplay, ErrorName, ErrorSend, ErrorText, IsResult, MaybeResult,
    MaybeUnit, ResultOfAny, ResultOfFuture, ResultOfResult, Returned, ValueOfAny, ValueOfUnit,
};
pub use crate::capture::{
    Capture, TierBorrowed, TierName, TierNested, TierPrimitive, TierPrinted, TierShared,
    TierSharedDebug, TierTextual,
};
pub use crate::dispatch::callsite::Callsite;
pub use crate::dispatch::entry::{used_functions, used_keys, used_kinds};
pub use crate::escape::{escaped, is_escaped, needs_escapes};
pub use crate::kind::function_name::FunctionName;
pub use crate::listener::CatchEach;
pub use crate::lock::{Lock, LockGuard};
pub use crate::scope::arity::*;
pub use crate::scope::call::{ActiveCall, Body, CollectedCall, ignore_returned};
pub use crate::scope::detached::polls::Polls;
pub use crate::scope::future::boxed::{
    ReturnOfBoxed, ReturnOfValue, ReturnType, wrap_boxed, wrap_boxed_inspected,
};
pub use crate::scope::future::scope::FutureScope;
pub use crate::scope::future::start::{future_start, start_future};
pub use crate::scope::future::wrapper::{ScopeFuture, scope_future, scope_future_inspected};
pub use crate::scope::guard::{inspect_returned, inspect_value};
pub use crate::scope::handle::handle_with_new_id;
pub use crate::scope::in_current_event::{OfClosure, OfFuture};
pub use crate::scope::mark::broadcast_mark;
pub use crate::scope::outcome::Outcome;
pub use crate::scope::question_mark::{FromResidual, Try};
pub use crate::thread::{carried, set_carried};
pub use crate::value::captured::Captured;
pub use crate::value::format::Raw;
pub use crate::value::read::PlainValue;
pub use crate::value::{Field, Value};
pub use crate::{__captured as captured, __key as key};

pub use std::boxed::Box;

/// Whether the feature `off` compiles all events away.
pub const IS_OFF: bool = cfg!(feature = "off");

/// Returns `body`. The bound makes the compiler infer an `FnOnce` closure.
#[inline]
pub const fn once<R, F: FnOnce() -> R>(body: F) -> F {
    body
}

/// Suppresses the events of this thread until the returned guard is dropped. Expansions hold the
/// guard while they evaluate expressions of data.
#[must_use]
pub fn suppress_events() -> impl Drop {
    crate::thread::SuppressEvents::new()
}

/// Returns the time now, on the scale of `Event::nanos`.
#[must_use]
pub fn now_nanos() -> u64 {
    crate::event::clock::Clock::now()
}

/// Returns `make`. The bounds let the compiler infer a closure that returns a future with output
/// `T`.
#[inline]
pub const fn once_future<T, R: Future<Output = T>, F: FnOnce() -> R>(make: F) -> F {
    make
}

/// Returns the identifier `name` without a leading `r#`.
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

/// Returns the length of the words with dots between them.
#[must_use]
pub const fn dotted_len(words: &[&str]) -> usize {
    let mut len = words.len() - 1;
    let mut word = 0;
    while word < words.len() {
        len += words[word].len();
        word += 1;
    }
    len
}

/// Returns the words with dots between them, in UTF-8. `LEN` is [`dotted_len`].
#[must_use]
pub const fn dotted<const LEN: usize>(words: &[&str]) -> [u8; LEN] {
    let mut text = [b'.'; LEN];
    let mut end = 0;
    let mut word = 0;
    while word < words.len() {
        let bytes = words[word].as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            text[end] = bytes[at];
            end += 1;
            at += 1;
        }
        end += 1; // the dot
        word += 1;
    }
    text
}

#[doc(hidden)]
#[macro_export]
macro_rules! __key {
    ($name:ident) => {
        const { $crate::__private::key(::core::stringify!($name)) }
    };
    ($($name:ident).+) => {
        const {
            const WORDS: &[&::core::primitive::str] =
                &[$($crate::__private::key(::core::stringify!($name))),+];
            const TEXT: &[::core::primitive::u8] =
                &$crate::__private::dotted::<{ $crate::__private::dotted_len(WORDS) }>(WORDS);
            match ::core::str::from_utf8(TEXT) {
                ::core::result::Result::Ok(text) => text,
                ::core::result::Result::Err(_) => "",
            }
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __captured {
    ($value:expr) => {
        (&&&&&&&$crate::__private::Capture::expression(&$value)).__event_core_capture()
    };
}
