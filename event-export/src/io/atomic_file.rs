//! Files that are replaced as a whole: the old contents stay until the new ones are complete.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use super::buffered::fill;

use crate::process;
use crate::sync::AtomicU64;

/// Replaces the regular file at `path` by what `write` writes.
///
/// The old file is replaced atomically when the new one is complete. If anything fails, the old
/// file stays. Symbolic links are followed, even to missing files, and not replaced.
pub(super) fn replace(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let path = &followed(path)?;
    let temporary = temporary_name(path);
    let file = File::options()
        .write(true)
        .create_new(true)
        .open(&temporary)?;
    let written = fill(file, write).and_then(|file| {
        drop(file); // Windows cannot rename an open file
        if let Ok(found) = fs::metadata(path) {
            fs::set_permissions(&temporary, found.permissions())?;
        }
        fs::rename(&temporary, path)
    });
    written.inspect_err(|_| {
        let _ = fs::remove_file(&temporary);
    })
}

/// Returns one name for a file that has several: links are followed, even if the file is missing.
pub(crate) fn identity(path: &Path) -> PathBuf {
    followed(path).unwrap_or_else(|_| path.to_owned())
}

/// How many links are followed, as in Linux.
pub(super) const MAX_LINKS: usize = 40;

fn followed(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        if fs::metadata(&path).is_ok() {
            // A pipe in `/proc/self/fd` exists, but has no canonical name.
            return Ok(fs::canonicalize(&path).unwrap_or(path));
        }
        let directory = directory(&path);
        match (fs::read_link(&path), path.file_name()) {
            (Ok(next), _) => path = directory.join(next),
            (Err(_), Some(name)) => return Ok(fs::canonicalize(directory)?.join(name)),
            (Err(error), None) => return Err(error),
        }
    }
    fs::metadata(&path).map(|_| path) // fails with the system's error for too many links
}

fn directory(path: &Path) -> &Path {
    let directory = path.parent().filter(|path| !path.as_os_str().is_empty());
    directory.unwrap_or(Path::new("."))
}

/// Checks that `path` is in a directory, and is not one.
fn check_directory(path: &Path) -> io::Result<()> {
    if !fs::metadata(directory(path))?.is_dir() {
        return Err(io::ErrorKind::NotADirectory.into());
    }
    if path.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    Ok(())
}

/// Checks early whether the regular file at `path` can be replaced at the end of the program. A
/// file that must not be written must not be replaced either.
pub(super) fn check_writable(path: &Path) -> io::Result<()> {
    let path = &followed(path)?;
    check_directory(path)?;
    if path.exists() {
        File::options().write(true).open(path)?;
    }
    let temporary = temporary_name(path);
    File::options()
        .write(true)
        .create_new(true)
        .open(&temporary)?;
    fs::remove_file(&temporary)
}

/// Returns a name in the same directory that no other writer uses.
fn temporary_name(path: &Path) -> PathBuf {
    static NEXT_NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NEXT_NUMBER.fetch_add(1, Ordering::Relaxed); // the numbers must only differ
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}-{number}.tmp", process::id()));
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::output_file::OutputFile;

    fn directory(name: &str) -> PathBuf {
        let directory =
            std::env::temp_dir().join(format!("event-export-{}-{name}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        directory
    }

    #[test]
    fn a_failed_write_leaves_only_the_old_file() {
        let directory = directory("half");
        let path = directory.join("out.txt");
        fs::write(&path, "old").unwrap();
        let output = OutputFile::new(&path).unwrap();
        let written = output.write(|file| {
            file.write_all(b"half of the n")?;
            Err(io::Error::other("disk full"))
        });
        let expected = format!("cannot write `{}`: disk full", path.display());
        assert_eq!(written.unwrap_err().to_string(), expected);
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 1);

        output.write(|file| file.write_all(b"new")).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 1);
        fs::remove_dir_all(&directory).unwrap();
    }

    #[test]
    fn a_missing_directory_is_an_error() {
        let path = directory("missing").join("no/such/out.txt");
        let output = OutputFile::new(&path);
        assert_eq!(output.unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
