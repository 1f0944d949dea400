//! Dispatch: registers listeners for kinds, and notifies the listeners of a kind.
//!
//! No lock is held while a listener runs. Each module imports only from modules that precede it in
//! this list: `interest`, `interest_cell`, `listener_panic`, `selection`, `registration`, `table`,
//! `entry`, `registry`, `known_names`, `intern`, `callsite`.

pub(crate) mod callsite;
pub(crate) mod entry;
pub(crate) mod interest;
mod interest_cell;
pub(crate) mod intern;
mod known_names;
pub(crate) mod listener_panic;
pub(crate) mod registration;
pub(crate) mod registry;
mod selection;
pub(crate) mod table;
