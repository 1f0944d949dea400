//! The primitives for state that threads share: atomics, locks, once cells and thread-locals.
//!
//! All other modules of this crate take them from here, so that `--cfg event_loom` can replace them
//! with those of the model checker loom.

#[cfg(event_loom)]
pub(crate) mod loom;
#[cfg(not(event_loom))]
mod native;

#[cfg(event_loom)]
pub(crate) use self::loom::*;
#[cfg(not(event_loom))]
pub(crate) use native::*;
