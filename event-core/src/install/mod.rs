//! Installing listeners: registers a listener until a guard is dropped.
//!
//! Each function has a form in [`local`] for the events of one thread.

pub(crate) mod durations;
pub(crate) mod installed;
pub mod local;
pub(crate) mod recorder;
pub(crate) mod timer;
