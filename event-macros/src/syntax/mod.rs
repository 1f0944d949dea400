//! The user's code, as far as the macros must understand it.

pub(crate) mod awaits;
pub(crate) mod exits;
pub(crate) mod function;
pub(crate) mod pattern;
pub(crate) mod return_type;
