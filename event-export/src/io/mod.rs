//! Outputs (streams, and files that are replaced as a whole), and warnings on stderr.
//!
//! Nothing here depends on events.

pub(crate) mod atomic_file;
mod buffered;
pub(crate) mod output_file;
pub(crate) mod stream;
pub(crate) mod warn;
