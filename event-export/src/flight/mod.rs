//! The flight recorder: keeps the last events of each thread, and writes them when something fails.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;
use std::sync::{Arc, Condvar, Mutex, OnceLock};
use std::thread::JoinHandle;
use std::time::Duration;

use event_core::__private::now_nanos;
use event_core::{Event, EventId, EventStatus, Listener, RecordingListener};

use crate::exporter::Exporter;
use crate::host::alloc::uncounted;
use crate::host::fork::{self, Owner};
use crate::host::seen_threads;
use crate::io::warn::warn;
use crate::profile::units;
use crate::spec::{ExportSpec, ExporterPlan, SpecError};
use crate::sync::lock;

mod dump;
mod files;
mod open_scopes;
mod polls;
mod replay;
mod running;
#[cfg(unix)]
mod signal;
mod trigger;
mod utc;
mod writer;

pub use open_scopes::{OpenScope, open_scopes};

use files::Files;
use polls::Polls;
use running::{Flight, RUNNING, Requests};
use trigger::{Reason, Trigger};

const DEFAULT_WINDOW: Duration = Duration::from_secs(30);
const DEFAULT_MEMORY: usize = 4 << 20;
const DEFAULT_FILES: usize = 10;

/// The longest time that the end of the program waits for a recording.
const PATIENCE: Duration = Duration::from_secs(10);

/// Keeps the last events of each thread in memory, and writes them to files when a scope panics or
/// is slow, on a signal, or on demand.
///
/// It is for programs that run for long: it writes nothing while all is well, its memory is
/// limited, and a recording shows what led to a failure that happens once a week.
///
/// # What causes a recording
///
/// * A scope fails by a **panic**.
/// * A scope takes as long as [`slower_than`](Self::slower_than), if that is set. This is noticed
///   at its end; for a scope that never ends, use the signal.
/// * The process receives **`SIGUSR1`** (on Unix). The [open scopes](open_scopes) are also printed
///   on stderr. If the program has a handler for the signal, or ignores it, the handler stays and
///   the signal causes no recording. [`without_signal`](Self::without_signal) leaves the signal
///   alone.
/// * The program calls [`dump`](Self::dump), or [`Exports::flush`](crate::Exports::flush).
///
/// After a panic or a slow scope, others of the same sort within ten seconds are only counted. A
/// recording is written a tenth of a second after its cause, so that it shows what followed. If the
/// program exits meanwhile, it waits for the recording.
///
/// A thread of the recorder's own writes the files. The program is not stopped; it waits at most
/// while the events of the current chunk of each thread are copied.
///
/// # Files
///
/// A recording is three files, such as `flight-20261130T211407.123Z-4711-1-slow` with:
///
/// * `.html`: a [`Report`](crate::Report);
/// * `.json`: a [`ChromeTrace`](crate::ChromeTrace);
/// * `.txt`: why and when it was written, and the [open scopes](open_scopes).
///
/// They appear when all are complete. If the disk is full, there is none, and a line on stderr says
/// why. Each file shows the cause, the time and how many events were dropped; trace and report show
/// the cause as a mark in its scope.
///
/// Scopes that are open have no end in the trace and are marked in the report. A scope that started
/// before the recording is drawn from the start of the recording on, and its argument `started` is
/// the true time. The newest ten recordings of the process are kept;
/// [`with_max_recordings`](Self::with_max_recordings) changes the number.
///
/// # Memory and costs
///
/// The recorder is a
/// [`RecordingListener::with_memory_limit`](event_core::RecordingListener::with_memory_limit) of
/// 4 MiB for a thread, for about 30,000 calls, and an eighth of that for the polls of futures;
/// [`with_memory_limit`](Self::with_memory_limit) changes it. There are 64 such memories, so any
/// number of threads takes at most 288 MiB, and as much as 256 MiB for open scopes. A thread with
/// more calls in 30 seconds keeps fewer seconds; the files say since when they are complete.
///
/// Arguments that must be formatted are formatted at START. Objects in an `Arc` are formatted, too,
/// and not kept alive.
///
/// # Limits
///
/// A forked process records nothing. With `panic = "abort"`, a panic in a program with
/// [`from_env`](crate::from_env) causes a recording, in which the scopes around the panic are open.
/// A program that is killed writes nothing.
///
/// # Examples
///
/// ```
/// use event_core::{data, install_listener, trigger_event};
/// use event_export::FlightRecorder;
/// use std::time::Duration;
///
/// # let directory = std::env::temp_dir().join(format!("docs-flight-{}", std::process::id()));
/// let flight = FlightRecorder::to_directory(&directory)?.slower_than(Duration::from_millis(500));
/// let flight = install_listener("docs:flight", flight);
/// trigger_event("docs:flight", data! { id = 7 }, || {});
///
/// let files = flight.dump()?; // on demand
/// let page = files.iter().find(|path| path.extension() == Some("html".as_ref())).unwrap();
/// assert!(std::fs::read_to_string(page)?.contains("docs:flight"));
/// # std::fs::remove_dir_all(directory)?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[must_use = "a listener receives no events until it is installed"]
pub struct FlightRecorder {
    directory: PathBuf,
    window: Duration,
    slow: Option<Duration>,
    memory: usize,
    has_signal: bool,
    began: u64,
    owner: Owner,
    /// The files, until the recorder starts.
    files: Mutex<Option<Files>>,
    running: OnceLock<Result<Running, String>>,
}

/// A recorder that has received an event.
struct Running {
    flight: Arc<Flight>,
    writer: Mutex<Option<JoinHandle<()>>>,
    #[cfg(unix)]
    signal: Mutex<Option<signal::SignalWatch>>,
}

impl FlightRecorder {
    /// Returns a recorder that writes to a directory, which is created if it is missing. A relative
    /// path is relative to the current directory at this call.
    ///
    /// The recorder starts at its first event.
    ///
    /// # Errors
    ///
    /// Returns an error if the directory cannot be created, or no file can be created in it.
    pub fn to_directory(directory: impl AsRef<Path>) -> io::Result<Self> {
        let files = Files::new(directory.as_ref(), DEFAULT_FILES)?;
        Ok(Self {
            directory: files.directory().to_owned(),
            window: DEFAULT_WINDOW,
            slow: None,
            memory: DEFAULT_MEMORY,
            has_signal: true,
            began: now_nanos(),
            owner: Owner::current(),
            files: Mutex::new(Some(files)),
            running: OnceLock::new(),
        })
    }

    /// Returns the recorder with another length of a recording than 30 seconds.
    pub fn keeping(mut self, window: Duration) -> Self {
        self.window = window;
        self
    }

    /// Returns the recorder that also writes a recording when a scope takes as long as `duration`.
    pub fn slower_than(mut self, duration: Duration) -> Self {
        self.slow = Some(duration);
        self
    }

    /// Returns the recorder with another memory for a thread than 4 MiB, at least 64 KiB.
    pub fn with_memory_limit(mut self, bytes: usize) -> Self {
        self.memory = bytes;
        self
    }

    /// Returns the recorder with another number of recordings that are kept than ten, at least one.
    pub fn with_max_recordings(self, recordings: usize) -> Self {
        if let Some(files) = &mut *lock(&self.files) {
            files.set_max(recordings);
        }
        self
    }

    /// Returns the recorder that leaves `SIGUSR1` alone.
    pub fn without_signal(mut self) -> Self {
        self.has_signal = false;
        self
    }

    /// Writes a recording now, and returns the paths of its files.
    ///
    /// A thread of the recorder writes the files; this call waits for it.
    ///
    /// # Errors
    ///
    /// Returns the system's error if a file cannot be written. In a forked process it always
    /// returns an error.
    pub fn dump(&self) -> io::Result<Vec<PathBuf>> {
        if !self.owner.is_current() {
            return Err(fork::error());
        }
        let running = self.running().map_err(io::Error::other)?;
        let (reply, written) = channel();
        let trigger = Trigger::other(Reason::Demand, now_nanos(), "the program asked for it");
        running.flight.request(trigger, Some(reply));
        let stopped = |_| Err(io::Error::other("the flight recorder has finished"));
        written.recv().unwrap_or_else(stopped)
    }

    fn running(&self) -> Result<&Running, &str> {
        match self.running.get() {
            Some(running) => running.as_ref().map_err(String::as_str),
            None => self.start(),
        }
    }

    /// Starts the threads, unless they run.
    #[cold]
    fn start(&self) -> Result<&Running, &str> {
        // An annotated allocator or a signal handler would wait for the cell.
        let _suppress = event_core::__private::suppress_events();
        let running = self.running.get_or_init(|| {
            self.start_threads().map_err(|error| {
                let directory = self.directory.display();
                let why = format!("cannot write flight recordings to `{directory}`: {error}");
                warn(&why);
                why
            })
        });
        running.as_ref().map_err(String::as_str)
    }

    fn start_threads(&self) -> io::Result<Running> {
        let files = lock(&self.files).take();
        let files = files.ok_or_else(|| io::Error::other("it has started"))?;
        let flight = Arc::new(Flight {
            recorder: RecordingListener::with_memory_limit(self.memory),
            polls: Polls::new(self.memory / 8),
            window: self.window,
            slow: self.slow.map(units::nanos),
            began: self.began,
            owner: Owner::current(),
            slow_limiter: trigger::Limiter::default(),
            panic_limiter: trigger::Limiter::default(),
            others: 0.into(),
            requests: Mutex::new(Requests::default()),
            changed: Condvar::new(),
        });
        let writer = writer::start(Arc::clone(&flight), files)?;
        let mut all = lock(&RUNNING);
        all.retain(|flight| flight.strong_count() > 0);
        all.push(Arc::downgrade(&flight));
        drop(all);
        Ok(Running {
            writer: Mutex::new(Some(writer)),
            #[cfg(unix)]
            signal: Mutex::new(self.watch_signal(&flight)),
            flight,
        })
    }

    #[cfg(unix)]
    fn watch_signal(&self, flight: &Arc<Flight>) -> Option<signal::SignalWatch> {
        if !self.has_signal {
            return None;
        }
        let watch = signal::SignalWatch::start(Arc::downgrade(flight));
        watch.unwrap_or_else(|error| {
            warn(format_args!(
                "cannot handle SIGUSR1 for flight recordings: {error}"
            ));
            None
        })
    }

    /// Returns the state, if events of this process are to be recorded.
    #[inline]
    fn flight(&self) -> Option<&Flight> {
        if !self.owner.receives() {
            return None;
        }
        self.running().ok().map(|running| &*running.flight)
    }
}

impl Listener for FlightRecorder {
    fn on_start(&self, event: &Event<'_>) {
        let _uncounted = uncounted();
        if let Some(flight) = self.flight() {
            seen_threads::remember_current();
            flight.recorder.on_start(event);
        }
    }

    fn on_end(&self, event: &Event<'_>) {
        let _uncounted = uncounted();
        if let Some(flight) = self.flight() {
            flight.end(event);
        }
    }

    /// The recorder gives an END the data of the recorded START.
    fn wants_end_data(&self) -> bool {
        false
    }

    /// The report shows the busy time of futures.
    fn wants_duration(&self) -> bool {
        true
    }

    fn on_poll(&self, future: EventId, status: EventStatus) {
        let _uncounted = uncounted();
        if let Some(flight) = self.flight() {
            seen_threads::remember_current();
            flight.polls.change(future, status);
        }
    }

    fn wants_polls(&self) -> bool {
        true
    }
}

impl Exporter for FlightRecorder {
    /// Writes a recording, like [`dump`](Self::dump).
    fn flush(&self) -> io::Result<()> {
        self.dump().map(drop)
    }

    /// Writes the recordings that were caused before. Without a cause it writes nothing.
    fn finish(&self) {
        if !self.owner.is_current() {
            return;
        }
        let Some(Ok(running)) = self.running.get() else {
            return;
        };
        if cfg!(panic = "abort") && std::thread::panicking() {
            let trigger = Trigger::other(Reason::Panic, now_nanos(), "a panic ends the program");
            running.flight.request(trigger, None);
        }
        if !running.flight.stop(PATIENCE) {
            let directory = self.directory.display();
            warn(format_args!(
                "cannot write a flight recording to `{directory}` within {} seconds",
                PATIENCE.as_secs()
            ));
        }
    }
}

impl Drop for FlightRecorder {
    fn drop(&mut self) {
        let Some(Ok(running)) = self.running.take() else {
            return;
        };
        if !self.owner.is_current() {
            std::mem::forget(running); // a forked process does not have the threads
            return;
        }
        #[cfg(unix)]
        if let Some(signal) = &mut *lock(&running.signal) {
            signal.stop();
        }
        if running.flight.stop(PATIENCE) {
            let writer = lock(&running.writer).take();
            let _ = writer.map(JoinHandle::join);
        }
    }
}

impl fmt::Debug for FlightRecorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlightRecorder")
            .field("directory", &self.directory)
            .field("window", &self.window)
            .field("slow", &self.slow)
            .field("memory", &self.memory)
            .finish_non_exhaustive()
    }
}

const OPTIONS: &[&str] = &["seconds", "slow", "memory", "files", "no-signal"];

/// `flight=DIRECTORY[;seconds=SECONDS][;slow=DURATION][;memory=SIZE][;files=RECORDINGS]
/// [;no-signal]`.
pub(crate) fn from_spec(spec: &mut ExportSpec<'_>) -> Result<ExporterPlan, SpecError> {
    let directory = spec.directory("flight")?;
    let window = spec.duration("seconds")?;
    let slow = spec.duration("slow")?;
    let memory = spec.size("memory")?;
    let files = spec.count("files", "recordings")?;
    let has_no_signal = spec.flag("no-signal")?;
    spec.finish(OPTIONS)?;
    Ok(ExporterPlan::to_file(directory, move |directory| {
        let mut flight = FlightRecorder::to_directory(directory)?
            .keeping(window.unwrap_or(DEFAULT_WINDOW))
            .with_memory_limit(memory.unwrap_or(DEFAULT_MEMORY))
            .with_max_recordings(files.unwrap_or(DEFAULT_FILES));
        flight.slow = slow;
        flight.has_signal = !has_no_signal;
        // Now, because the signal would end the program before its first event.
        flight.start().map_err(io::Error::other)?;
        Ok(flight)
    }))
}
