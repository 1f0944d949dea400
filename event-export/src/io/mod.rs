//! Output that reaches the disk whole, and warnings on stderr.
//!
//! Nothing here knows of events.

pub(crate) mod atomic_file;
pub(crate) mod warn;
