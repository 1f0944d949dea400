//! Installing listeners: registering them until a guard is dropped.

pub(crate) mod installed;
pub mod local;
pub(crate) mod recorder;
pub(crate) mod timer;
