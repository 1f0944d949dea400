//! From a kind to its listeners: who is registered, and notifying them.

pub(crate) mod entry;
pub(crate) mod listener_panic;
pub(crate) mod registry;
pub(crate) mod table;
