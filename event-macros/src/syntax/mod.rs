//! The user's code: the parts of it that the macros must understand.

pub(crate) mod awaits;
pub(crate) mod exits;
pub(crate) mod function;
pub(crate) mod pattern;
pub(crate) mod return_type;
