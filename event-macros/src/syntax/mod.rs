//! The parts of user code that the macros analyse.

pub(crate) mod argument;
pub(crate) mod awaits;
pub(crate) mod exits;
pub(crate) mod function;
pub(crate) mod pattern;
pub(crate) mod return_type;
pub(crate) mod words;
