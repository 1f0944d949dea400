//! All primitives that threads share. A model checker can replace them.
//!
//! No other module of this crate names `std::sync` for shared state.

#[cfg(event_loom)]
pub(crate) mod loom;
#[cfg(not(event_loom))]
mod native;

#[cfg(event_loom)]
pub(crate) use self::loom::*;
#[cfg(not(event_loom))]
pub(crate) use native::*;
