//! The scopes of futures.

pub(crate) mod scope;
pub(crate) mod start;
mod state;
pub(crate) mod wrapper;
