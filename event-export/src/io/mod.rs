//! Outputs, which are files that are replaced as a whole or streams, and warnings on stderr.
//!
//! Nothing here depends on events.

pub(crate) mod atomic_file;
pub(crate) mod output_file;
pub(crate) mod stream;
pub(crate) mod warn;
