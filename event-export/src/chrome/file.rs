//! Opening a trace's file, which one process at a time writes.

use std::fs::File;
use std::io;
use std::path::Path;

/// Opens, locks and empties the file. Without the lock, two writers would corrupt it.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create(true).truncate(false);
    #[cfg(windows)]
    {
        use std::os::windows::fs::OpenOptionsExt;
        const FILE_SHARE_READ: u32 = 1;
        options.share_mode(FILE_SHARE_READ);
    }
    let file = options.open(path)?;
    lock(&file)?;
    file.set_len(0)?;
    Ok(file)
}

/// Locks the file until it is closed or the process exits, however that happens.
#[cfg(unix)]
fn lock(file: &File) -> io::Result<()> {
    use rustix::fs::{FlockOperation, flock};
    use rustix::io::Errno;
    match flock(file, FlockOperation::NonBlockingLockExclusive) {
        Err(Errno::WOULDBLOCK) => {
            let why = "another trace is being written to it; in EVENT_EXPORT, add `%p` (the \
                       process id) to the name";
            Err(io::Error::new(io::ErrorKind::ResourceBusy, why))
        }
        // Some file systems have no locks.
        _ => Ok(()),
    }
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "locking can fail on Unix")]
fn lock(_: &File) -> io::Result<()> {
    Ok(())
}
