//! Outputs that are not regular files: descriptors that the parent process opened, FIFOs, devices.
//!
//! They are written at their current position, and neither truncated, replaced nor locked.

use std::fs::{self, File};
use std::io;
use std::path::Path;

/// The kind of a stream.
pub(crate) enum Stream {
    /// A descriptor of this process, duplicated: the program may close or reuse the original.
    Inherited(File),
    /// A FIFO or a device, which is opened for each write.
    Special,
}

/// Returns the stream at `path`. Returns `None` for a regular file, a directory, or a missing file.
///
/// # Errors
///
/// Returns an error if the stream cannot be written. A FIFO needs no reader yet.
pub(crate) fn find(path: &Path) -> io::Result<Option<Stream>> {
    #[cfg(unix)]
    if let Some(number) = unix::descriptor(path)? {
        return unix::duplicate(number).map(|file| Some(Stream::Inherited(file)));
    }
    match fs::metadata(path) {
        Ok(found) if !found.is_file() && !found.is_dir() => {
            #[cfg(unix)]
            unix::check(path, found.file_type())?;
            Ok(Some(Stream::Special))
        }
        _ => Ok(None),
    }
}

/// Returns whether `path` leads to a stream, which several exporters may write to.
pub(crate) fn is_stream(path: &Path) -> bool {
    !matches!(find(path), Ok(None))
}

/// Opens a FIFO or a device for writing.
///
/// # Errors
///
/// Returns an error for a FIFO without a reader: waiting for one would stop the program.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    #[cfg(unix)]
    return unix::open(path);
    #[cfg(not(unix))]
    File::options().write(true).open(path)
}

#[cfg(unix)]
mod unix {
    use std::ffi::{CString, OsStr};
    use std::fs::{self, File, FileType};
    use std::io;
    use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
    use std::path::{Path, PathBuf};

    use crate::io::atomic_file::MAX_LINKS;

    /// Returns the descriptor of this process that `path` names, directly or by symbolic links.
    pub(super) fn descriptor(path: &Path) -> io::Result<Option<RawFd>> {
        let mut path = path.to_owned();
        for _ in 0..MAX_LINKS {
            let Some(name) = path.file_name().map(OsStr::to_owned) else {
                return Ok(None);
            };
            let directory = path.parent().filter(|path| !path.as_os_str().is_empty());
            let directory = directory.unwrap_or(Path::new("."));
            let Ok(directory) = fs::canonicalize(directory) else {
                return Ok(None);
            };
            if let Some(number) = number_in(&directory, &name)? {
                return Ok(Some(number));
            }
            match fs::read_link(&path) {
                Ok(next) => path = directory.join(next),
                Err(_) => return Ok(None),
            }
        }
        Ok(None)
    }

    /// Returns the number of the descriptor that `directory/name` names. `directory` is canonical.
    fn number_in(directory: &Path, name: &OsStr) -> io::Result<Option<RawFd>> {
        let name = name.to_str().unwrap_or_default();
        if directory == Path::new("/dev") {
            let names = ["stdin", "stdout", "stderr"];
            let number = names.iter().position(|it| *it == name);
            return Ok(number.and_then(|number| RawFd::try_from(number).ok()));
        }
        let Ok(number) = name.parse() else {
            return Ok(None);
        };
        if directory == Path::new("/dev/fd") {
            return Ok(Some(number)); // outside Linux it is a directory
        }
        // `/proc/PID/fd` or `/proc/PID/task/THREAD/fd`
        let Ok(rest) = directory.strip_prefix("/proc") else {
            return Ok(None);
        };
        if !rest.ends_with("fd") {
            return Ok(None);
        }
        let own = PathBuf::from(std::process::id().to_string());
        if rest.starts_with(own) {
            Ok(Some(number))
        } else {
            Err(io::Error::other("it is a descriptor of another process"))
        }
    }

    /// Duplicates a descriptor that is open for writing. Both share one position.
    #[expect(
        unsafe_code,
        reason = "the standard library duplicates only descriptors that it owns"
    )]
    pub(super) fn duplicate(number: RawFd) -> io::Result<File> {
        // SAFETY: `F_GETFL` and `F_DUPFD_CLOEXEC` are defined for every number: they fail with
        // `EBADF` if it is not an open descriptor. They read and write no memory of this process.
        let flags = unsafe { libc::fcntl(number, libc::F_GETFL) };
        if flags == -1 {
            return Err(io::Error::last_os_error());
        }
        if flags & libc::O_ACCMODE == libc::O_RDONLY {
            let why = "it is open for reading only";
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
        }
        // SAFETY: as above.
        let duplicate = unsafe { libc::fcntl(number, libc::F_DUPFD_CLOEXEC, 3) };
        if duplicate == -1 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: `fcntl` has just returned this descriptor, so nothing else owns it.
        Ok(File::from(unsafe { OwnedFd::from_raw_fd(duplicate) }))
    }

    /// Checks that a special file can be written. A FIFO is not opened for that: closing it would
    /// signal the end of the file to its reader.
    pub(super) fn check(path: &Path, kind: FileType) -> io::Result<()> {
        if kind.is_socket() {
            return Err(io::Error::other(
                "it is a socket; write to a file or a FIFO",
            ));
        }
        if kind.is_block_device() {
            return Err(io::Error::other("it is a block device; write to a file"));
        }
        let path = CString::new(path.as_os_str().as_bytes())?;
        #[expect(
            unsafe_code,
            reason = "the standard library does not check permissions"
        )]
        // SAFETY: `path` is a string with a final zero byte that outlives the call.
        let result = unsafe { libc::access(path.as_ptr(), libc::W_OK) };
        if result == 0 {
            Ok(())
        } else {
            Err(io::Error::last_os_error())
        }
    }

    pub(super) fn open(path: &Path) -> io::Result<File> {
        let mut options = File::options();
        options.write(true).custom_flags(libc::O_NONBLOCK);
        let file = options.open(path).map_err(|error| {
            let is_fifo = || fs::metadata(path).is_ok_and(|found| found.file_type().is_fifo());
            if error.raw_os_error() == Some(libc::ENXIO) && is_fifo() {
                io::Error::other("it is a FIFO, and no process reads it")
            } else {
                error
            }
        })?;
        // Writing waits for the reader, as for a pipe of the shell.
        #[expect(unsafe_code, reason = "the standard library cannot change this flag")]
        // SAFETY: the descriptor is open. The call reads and writes no memory of this process.
        let result = unsafe {
            let flags = libc::fcntl(file.as_raw_fd(), libc::F_GETFL);
            libc::fcntl(file.as_raw_fd(), libc::F_SETFL, flags & !libc::O_NONBLOCK)
        };
        if result == -1 {
            return Err(io::Error::last_os_error());
        }
        Ok(file)
    }
}
