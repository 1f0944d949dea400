//! Files that are replaced as a whole: the old contents stay until the new ones are complete.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Replaces the file at `path` by what `write` writes.
///
/// The old file is replaced at once when the new one is complete. If anything fails it stays.
///
/// A pipe or a device is written directly. `/dev/stdout` and `/dev/stderr` are written through the
/// handles of the process, at their current position: they may be files that the parent process
/// opened. Symbolic links are followed, even to missing files, and stay.
///
/// # Errors
///
/// Returns an error that names the file.
pub(crate) fn write_whole(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    replace(path, write).map_err(|error| {
        let text = format!("cannot write `{}`: {error}", path.display());
        io::Error::new(error.kind(), text)
    })
}

fn replace(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    if path == Path::new("/dev/stdout") {
        return fill(io::stdout().lock(), write)?.flush();
    }
    if path == Path::new("/dev/stderr") {
        return fill(io::stderr().lock(), write)?.flush();
    }
    let path = &followed(path)?;
    if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        return fill(File::options().write(true).open(path)?, write).map(drop);
    }
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

/// Returns the absolute path, which stays valid when the program changes its directory.
pub(crate) fn absolute(path: PathBuf) -> PathBuf {
    std::path::absolute(&path).unwrap_or(path) // the current directory may not exist
}

/// Returns one name for a file that has several: links are followed, even if the file is missing.
pub(crate) fn identity(path: &Path) -> PathBuf {
    followed(path).unwrap_or_else(|_| path.to_owned())
}

/// The limit of Linux.
const MAX_LINKS: usize = 40;

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
pub(crate) fn check_directory(path: &Path) -> io::Result<()> {
    if !fs::metadata(directory(path))?.is_dir() {
        return Err(io::ErrorKind::NotADirectory.into());
    }
    if path.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    Ok(())
}

/// Checks early whether `path` can be written at the end of the program.
pub(crate) fn check_writable(path: &Path) -> io::Result<()> {
    let path = &followed(path)?;
    check_directory(path)?;
    if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        return Ok(()); // a device is written directly
    }
    let temporary = temporary_name(path);
    File::options()
        .write(true)
        .create_new(true)
        .open(&temporary)?;
    fs::remove_file(&temporary)
}

fn fill<W: Write>(file: W, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<W> {
    let mut writer = BufWriter::new(file);
    write(&mut writer)?;
    writer.into_inner().map_err(io::IntoInnerError::into_error)
}

/// Returns a name in the same directory that no other writer uses.
fn temporary_name(path: &Path) -> PathBuf {
    static NEXT_NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NEXT_NUMBER.fetch_add(1, Ordering::Relaxed); // the numbers must only differ
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}-{number}.tmp", std::process::id()));
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let written = write_whole(&path, |file| {
            file.write_all(b"half of the n")?;
            Err(io::Error::other("disk full"))
        });
        let expected = format!("cannot write `{}`: disk full", path.display());
        assert_eq!(written.unwrap_err().to_string(), expected);
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 1);

        write_whole(&path, |file| file.write_all(b"new")).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 1);
        fs::remove_dir_all(&directory).unwrap();
    }

    #[test]
    fn a_missing_directory_is_an_error() {
        let path = directory("missing").join("no/such/out.txt");
        let written = write_whole(&path, |_| Ok(()));
        assert_eq!(written.unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
