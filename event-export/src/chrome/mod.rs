//! Traces in the format of `chrome://tracing`.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use event_core::{Event, Listener, Site};

use crate::exporter::Exporter;
use crate::host::alloc::uncounted;
use crate::host::thread;
use crate::profile::names;
use crate::spec::{Part, Plan, Wrong};

mod file;
mod flusher;
mod json_text;
mod line;
mod output;
mod sink;
mod stamp;
mod template;
mod track;

use flusher::Flusher;
use line::Line;
use output::Target;
use sink::Sink;
use template::Heads;
use track::Name;

/// Writes each event, as it comes, to a file that trace viewers open: <https://ui.perfetto.dev>,
/// `chrome://tracing`, <https://www.speedscope.app>. (The Firefox Profiler shows calls, but neither arguments nor
/// overlapping futures rightly, nor a killed program's trace.)
///
/// The format is the [Trace Event Format]'s array, as Numba's `NUMBA_CHROME_TRACE` writes it: the name is the
/// data's `name`, if there is one, else the function; the category is the kind; the arguments are the data. Unlike
/// Numba's, threads have the numbers and the names that the system knows them by.
///
/// * Calls are `B` and `E` events of their thread. Guards that end out of order are drawn as what can be nested: what
///   is above the one that ends is ended with it and begun again.
/// * Futures and [open events](event_core::open_event), which may go on elsewhere, are asynchronous events (`b`, `e`) of
///   their process, each on a track of its own; their `parent` is the id of the scope that they belong to.
/// * A failure is an instant event `failed: …` where the call ends, and `failed` in its arguments, with cause, type,
///   message and place. What a function returned (`ret`) is there too.
///
/// Times are microseconds with three decimals, from the process's first event on. An argument or message of
/// more than 16 KiB as JSON is left out, with a note of how many bytes there were; a name is cut after 1 KiB. Integers beyond
/// 64 bits with a sign are texts, as are infinity and NaN.
///
/// # What is on disk when
///
/// Events wait in memory, 32 KiB for each thread, for half a second at the most. The file is loadable at any time, also
/// when the process was killed: the format lets the array's end be missing. A call that was under way then has a
/// beginning alone, which viewers draw to the end. Events are not laid across the borders of the file's pages, as a killed
/// process's `write` may end there; one of more than 4 KiB may be cut so, and is the last line then.
///
/// A process that is forked off without being started anew (a daemon, at times) must not have begun its trace before: what
/// it does is in none, which it says once on stderr.
///
/// A disk that is full is said once on stderr; the program goes on, and nothing more is written. The file then ends with a
/// whole event.
///
/// # Examples
///
/// ```
/// use event_core::{data, install_listener, trigger_event};
/// use event_export::ChromeTrace;
///
/// # let path = std::env::temp_dir().join(format!("docs-{}.json", std::process::id()));
/// let trace = install_listener("docs:chrome", ChromeTrace::to_file(&path)?);
/// trigger_event("docs:chrome", data! { name = "draw", width = 3 }, || {});
/// drop(trace); // ends the array
///
/// let text = std::fs::read_to_string(&path)?;
/// let events: Vec<serde_json::Value> = serde_json::from_str(&text)?;
/// let begin = events.iter().find(|event| event["ph"] == "B").unwrap();
/// assert_eq!(begin["name"], "draw");
/// assert_eq!(begin["cat"], "docs:chrome");
/// assert_eq!(begin["args"]["width"], 3);
/// # std::fs::remove_file(path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [Trace Event Format]: https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
#[must_use = "a listener hears nothing until it is installed"]
pub struct ChromeTrace {
    sink: Arc<Sink>,
    heads: Heads,
    flusher: Flusher,
}

impl ChromeTrace {
    /// Returns a trace that is written to a file, which is made, or emptied, now.
    ///
    /// # Errors
    ///
    /// Returns an error if the file cannot be opened, or written to, or if another trace is being written to it, by
    /// this process or another: see [`io::ErrorKind::ResourceBusy`].
    pub fn to_file(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref();
        let target = Target::File {
            file: file::open(path)?,
            whole: 0,
        };
        let trace = Self::new(target, &format!("`{}`", path.display()));
        trace.sink.begin()?;
        Ok(trace)
    }

    /// Returns a trace that is written to `writer`, of whole events at a time.
    pub fn to_writer(writer: impl Write + Send + 'static) -> Self {
        Self::new(Target::Other(Box::new(writer)), "its writer")
    }

    fn new(target: Target, place: &str) -> Self {
        let what = format!("cannot write the Chrome trace to {place}");
        let sink = Arc::new(Sink::new(target, what));
        Self {
            flusher: Flusher::start(&sink),
            sink,
            heads: Heads::default(),
        }
    }
}

impl Listener for ChromeTrace {
    fn on_start(&self, event: &Event<'_>) {
        let _uncounted = uncounted();
        if self.sink.is_over() {
            return;
        }
        let (mut line, tid) = (Scratch::take(), thread::system_id());
        if let Some(head) = self.heads.of(event) {
            line.start_known(tid, event, head);
            self.sink.push(event, &line, Some(head.name()));
        } else if is_async(event) {
            line.start_async(tid, event, &names::title(event));
            self.sink.append(event, &line);
        } else {
            let name = names::title(event);
            line.start(tid, event, &name);
            let is_kind = *name == *event.kind().as_str();
            let name = (!is_kind).then(|| Name::Own(name.into()));
            self.sink.push(event, &line, name);
        }
    }

    fn on_end(&self, event: &Event<'_>) {
        let _uncounted = uncounted();
        if self.sink.is_over() {
            return;
        }
        // With no more data than at the START.
        let known = self
            .heads
            .of(event)
            .filter(|_| event.exc_details().is_none());
        let has_ended = match known {
            // No code of a user's runs for it, so that it is written where it belongs.
            Some(head) => {
                let (tid, nanos) = (thread::system_id(), event.nanos());
                self.sink
                    .pop(event, |lines| lines.end_known(tid, nanos, head))
            }
            None if is_async(event) => return self.end_async(event),
            None => self.end_innermost(event),
        };
        if !has_ended {
            self.end_any(event);
        }
    }
}

impl ChromeTrace {
    fn end_async(&self, event: &Event<'_>) {
        let mut line = Scratch::take();
        line.end_async(thread::system_id(), event);
        self.sink.append(event, &line);
    }

    /// Ends the innermost scope of this thread, if this is the one.
    fn end_innermost(&self, event: &Event<'_>) -> bool {
        let mut line = Scratch::take();
        // An END apart has data of its own, and so perhaps another name.
        let name = self.sink.name_of(event);
        let name = name.map_or_else(|| names::title(event), Cow::Owned);
        line.end(thread::system_id(), event, &name);
        self.sink.pop(event, |lines| lines.append(&line))
    }

    /// Ends one that is not: guards end in any order, and some scopes on another thread.
    #[cold]
    fn end_any(&self, event: &Event<'_>) {
        let mut line = Scratch::take();
        if let Some(place) = self.sink.find(event) {
            line.end(place.tid, event, &place.name);
            self.sink.pop_any(&place, event, &line);
        } else {
            line.end_without_start(thread::system_id(), event); // `end_event` takes any
            self.sink.append(event, &line);
        }
    }
}

/// Whether others of its thread may begin and end meanwhile.
fn is_async(event: &Event<'_>) -> bool {
    event.site().is_some_and(Site::is_async)
}

impl Exporter for ChromeTrace {
    fn flush(&self) -> io::Result<()> {
        self.sink.flush()
    }

    fn finish(&self) {
        self.sink.finish();
    }
}

impl Drop for ChromeTrace {
    fn drop(&mut self) {
        if self.sink.is_own() {
            self.flusher.stop(); // a fork has no other threads
        }
        self.finish();
    }
}

impl fmt::Debug for ChromeTrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChromeTrace").finish_non_exhaustive()
    }
}

pub(crate) fn from_part(part: &mut Part<'_>) -> Result<Plan, Wrong> {
    let path = part.path("trace.json")?;
    part.finish(&[])?;
    Ok(Plan::file(path, |path| ChromeTrace::to_file(path)))
}

/// A line whose memory is the thread's, so that no event allocates. Whatever an argument's `Debug` does, no lock is
/// held while it is written.
struct Scratch(Line);

thread_local! {
    static SCRATCH: Cell<Line> = const { Cell::new(Line::new()) };
}

impl Scratch {
    /// More than this is given back.
    const MOST: usize = 64 << 10;

    fn take() -> Self {
        // While a thread ends there may be none.
        Self(SCRATCH.try_with(Cell::take).unwrap_or_default())
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let mut line = std::mem::take(&mut self.0);
        if line.capacity() <= Self::MOST {
            line.clear();
            let _ = SCRATCH.try_with(|scratch| scratch.set(line));
        }
    }
}

impl std::ops::Deref for Scratch {
    type Target = Line;

    fn deref(&self) -> &Line {
        &self.0
    }
}

impl std::ops::DerefMut for Scratch {
    fn deref_mut(&mut self) -> &mut Line {
        &mut self.0
    }
}
