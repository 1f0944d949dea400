//! From a kind to its listeners: registering listeners, and notifying them.
//!
//! No lock is held while a listener runs.

pub(crate) mod callsite;
pub(crate) mod entry;
pub(crate) mod interest;
pub(crate) mod intern;
mod known_names;
pub(crate) mod listener_panic;
pub(crate) mod registration;
pub(crate) mod registry;
pub(crate) mod table;
