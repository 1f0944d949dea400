//! Files: whole ones take their place when they are complete, those that grow are there from the start.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Writes a file by `write`. What stood at `path` stays until the new one is complete, and is then replaced at
/// once; when something fails it stays.
///
/// What is no regular file (a pipe, `/dev/null`) is written to directly. `/dev/stdout` and `/dev/stderr` may be
/// files that somebody else has opened: they are written to where they stand. Symbolic links are followed, also to what
/// is not there yet, and stay.
///
/// An error names the file.
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
    let beside = beside(path);
    let file = File::options().write(true).create_new(true).open(&beside)?;
    let written = fill(file, write).and_then(|file| {
        drop(file); // Windows does not rename an open file
        if let Ok(found) = fs::metadata(path) {
            fs::set_permissions(&beside, found.permissions())?;
        }
        fs::rename(&beside, path)
    });
    written.inspect_err(|_| {
        let _ = fs::remove_file(&beside);
    })
}

/// The path from the root, so that it stays the same file when the program goes to another directory.
pub(crate) fn absolute(path: PathBuf) -> PathBuf {
    std::path::absolute(&path).unwrap_or(path) // where there is no directory now, there may be one later
}

/// The one name of a file that may have several: with its links followed, whether it is there yet or not.
pub(crate) fn identity(path: &Path) -> PathBuf {
    followed(path).unwrap_or_else(|_| path.to_owned())
}

/// As many links as Linux follows.
const MOST_LINKS: usize = 40;

fn followed(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        if fs::metadata(&path).is_ok() {
            // A pipe in `/proc/self/fd` is there, but has no other name.
            return Ok(fs::canonicalize(&path).unwrap_or(path));
        }
        let directory = directory(&path);
        match (fs::read_link(&path), path.file_name()) {
            (Ok(next), _) => path = directory.join(next),
            (Err(_), Some(name)) => return Ok(fs::canonicalize(directory)?.join(name)),
            (Err(error), None) => return Err(error),
        }
    }
    fs::metadata(&path).map(|_| path) // the system says that it is too many
}

fn directory(path: &Path) -> &Path {
    let directory = path.parent().filter(|path| !path.as_os_str().is_empty());
    directory.unwrap_or(Path::new("."))
}

/// Says now what can be known now of why `path` cannot be written at the end.
pub(crate) fn check_place(path: &Path) -> io::Result<()> {
    let path = &followed(path)?;
    if !fs::metadata(directory(path))?.is_dir() {
        return Err(io::ErrorKind::NotADirectory.into());
    }
    if fs::metadata(path).is_ok_and(|found| found.is_dir()) {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        return Ok(()); // nothing is made beside a device
    }
    let beside = beside(path);
    File::options().write(true).create_new(true).open(&beside)?;
    fs::remove_file(&beside)
}

fn fill<W: Write>(file: W, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<W> {
    let mut writer = BufWriter::new(file);
    write(&mut writer)?;
    writer.into_inner().map_err(io::IntoInnerError::into_error)
}

/// A name in the same directory that no other writer has.
fn beside(path: &Path) -> PathBuf {
    static NUMBERED: AtomicU64 = AtomicU64::new(0);
    let number = NUMBERED.fetch_add(1, Ordering::Relaxed); // only the numbers must differ
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
    fn what_cannot_be_written_leaves_the_old_file_and_nothing_else() {
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
