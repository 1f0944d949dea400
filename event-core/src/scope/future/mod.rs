//! The scopes of futures. A future's scope is current only during its polls.

pub(crate) mod boxed;
pub(crate) mod scope;
pub(crate) mod start;
mod state;
pub(crate) mod wrapper;
