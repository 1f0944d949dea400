//! The output of an exporter that writes all of it at once: a file that is replaced, or a stream.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use event_core::__private::escaped;

use super::atomic_file;
use super::buffered::fill;
use super::stream::{self, Stream};

/// An output that was checked at the start of the program.
#[derive(Debug)]
pub(crate) struct OutputFile {
    path: PathBuf,
    /// The descriptor that `path` names, if it names one.
    inherited: Option<File>,
}

impl OutputFile {
    /// Checks that `path` can be written. A relative path is relative to the current directory at
    /// this call.
    ///
    /// # Errors
    ///
    /// Returns the system's error if the file or its directory cannot be written.
    pub(crate) fn new(path: &Path) -> io::Result<Self> {
        let path = std::path::absolute(path)?;
        let inherited = match stream::find(&path)? {
            Some(Stream::Inherited(file)) => Some(file),
            Some(Stream::Special) => None,
            None => {
                atomic_file::check_writable(&path)?;
                None
            }
        };
        Ok(Self { path, inherited })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the output. A regular file is replaced atomically when the new one is complete. If
    /// anything fails, the old file stays. A descriptor is written at its position.
    ///
    /// # Errors
    ///
    /// Returns an error that names the file.
    pub(crate) fn write(
        &self,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        self.write_to_target(write).map_err(|error| {
            let path = self.path.to_string_lossy();
            let text = format!("cannot write `{}`: {error}", escaped(&path));
            io::Error::new(error.kind(), text)
        })
    }

    fn write_to_target(
        &self,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        if let Some(file) = &self.inherited {
            return fill(file, write).map(drop);
        }
        if stream::is_stream(&self.path) {
            return fill(stream::open(&self.path)?, write).map(drop);
        }
        atomic_file::replace(&self.path, write)
    }
}
