//! The listeners that this crate has: a recorder and a timer.

pub(crate) mod recorder;
pub(crate) mod timer;
