//! The directory of a flight recorder, and the names of its files.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::utc::utc_for_file;
use crate::process;

/// The extensions of the files of one recording.
const EXTENSIONS: [&str; 3] = ["txt", "json", "html"];

/// The directory, and the recordings that this process has written to it.
#[derive(Debug)]
pub(super) struct Files {
    directory: PathBuf,
    /// How many recordings are kept.
    max: usize,
    /// The paths of the recordings without extensions, the oldest first.
    written: VecDeque<PathBuf>,
    number: u64,
}

/// The paths of a recording that is being written. Dropping this removes the files.
#[derive(Debug)]
pub(super) struct NewFiles {
    base: PathBuf,
    is_complete: bool,
}

impl Files {
    /// Creates the directory, and checks that files can be created in it. A relative path is
    /// relative to the current directory at this call.
    pub(super) fn new(directory: &Path, max: usize) -> io::Result<Self> {
        let directory = std::path::absolute(directory)?;
        fs::create_dir_all(&directory)?;
        let probe = directory.join(format!(".flight-{}.tmp", process::id()));
        let created = File::options().write(true).create_new(true).open(&probe);
        match created {
            Ok(_) => fs::remove_file(&probe)?,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
        Ok(Self {
            directory,
            max: max.max(1),
            written: VecDeque::new(),
            number: 0,
        })
    }

    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    pub(super) fn set_max(&mut self, max: usize) {
        self.max = max.max(1);
    }

    /// Returns the paths of the next recording, which exists for the `reason`.
    pub(super) fn next(&mut self, reason: &str, time: SystemTime) -> io::Result<NewFiles> {
        fs::create_dir_all(&self.directory)?; // it may have been removed
        self.number += 1;
        let (time, number) = (utc_for_file(time), self.number);
        let pid = process::id();
        let name = format!("flight-{time}-{pid}-{number}-{reason}");
        Ok(NewFiles {
            base: self.directory.join(name),
            is_complete: false,
        })
    }

    /// Gives the files their names, and removes the oldest recordings beyond the limit.
    pub(super) fn finish(&mut self, mut files: NewFiles) -> io::Result<Vec<PathBuf>> {
        let mut paths = Vec::new();
        for extension in EXTENSIONS {
            let path = files.path(extension);
            fs::rename(files.temporary(extension), &path)?;
            paths.push(path);
        }
        files.is_complete = true;
        self.written.push_back(std::mem::take(&mut files.base));
        while self.written.len() > self.max {
            let Some(base) = self.written.pop_front() else {
                break;
            };
            for extension in EXTENSIONS {
                // The user may have removed or moved it.
                let _ = fs::remove_file(with_extension(&base, extension));
            }
        }
        Ok(paths)
    }
}

impl NewFiles {
    fn path(&self, extension: &str) -> PathBuf {
        with_extension(&self.base, extension)
    }

    /// Returns the name that a file has until the recording is complete.
    pub(super) fn temporary(&self, extension: &str) -> PathBuf {
        with_extension(&self.base, &format!("{extension}.tmp"))
    }
}

impl Drop for NewFiles {
    fn drop(&mut self) {
        if !self.is_complete {
            for extension in EXTENSIONS {
                let _ = fs::remove_file(self.temporary(extension));
                let _ = fs::remove_file(self.path(extension));
            }
        }
    }
}

/// Appends an extension. The name has dots, which `Path::with_extension` would take for one.
fn with_extension(base: &Path, extension: &str) -> PathBuf {
    let mut path = base.as_os_str().to_owned();
    path.push(".");
    path.push(extension);
    PathBuf::from(path)
}
