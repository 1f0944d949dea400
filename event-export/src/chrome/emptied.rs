//! A file that keeps what an earlier run wrote until this one has something to write.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

#[derive(Debug)]
pub(super) struct Emptied {
    file: File,
    is_empty: bool,
}

impl Emptied {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = File::options()
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        // There is nothing to empty in a device or a pipe.
        let is_empty = !file.metadata()?.is_file();
        Ok(Self { file, is_empty })
    }
}

impl Write for Emptied {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.is_empty {
            self.file.set_len(0)?;
            self.is_empty = true;
        }
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
