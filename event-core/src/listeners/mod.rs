//! The built-in listeners: a recorder and a timer. Each may be used by many threads at once.

pub(crate) mod durations;
pub(crate) mod recorder;
pub(crate) mod timer;
