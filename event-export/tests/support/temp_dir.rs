//! Temporary directories.

use std::fs;
use std::path::{Path, PathBuf};

/// An empty directory that is deleted on drop.
pub(crate) struct TempDir(PathBuf);

impl TempDir {
    /// Creates the directory. `name` must be unique among the tests of one test file.
    pub(crate) fn new(name: &str) -> Self {
        let name = format!("event-export-{}-{name}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Returns the names of the entries, sorted.
    pub(crate) fn entries(&self) -> Vec<String> {
        entries(&self.0)
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Returns the names of the entries of a directory, sorted.
pub(crate) fn entries(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}
