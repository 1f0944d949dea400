//! Traces in the format of `chrome://tracing`.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use event_core::{Event, Listener, Site};

use crate::exporter::Exporter;
use crate::host::alloc::uncounted;
use crate::host::thread;
use crate::io::stream::{self, Stream};
use crate::profile::names::Identity;
use crate::profile::open_scopes::OpenScopes;
use crate::spec::{ExportSpec, ExporterPlan, SpecError};

mod event_lines;
mod file;
mod flusher;
mod json_text;
mod line;
mod output;
mod own_keys;
mod scratch;
mod sink;
mod stamp;
mod template;
mod track;
mod track_stamp;

use flusher::Flusher;
use output::{Target, TraceFile};
use own_keys::{EndKeys, StartKeys};
use scratch::Scratch;
use sink::Sink;
use template::LineTemplates;
use track::ScopeName;

/// Writes each event to a file for trace viewers: <https://ui.perfetto.dev>, `chrome://tracing`,
/// <https://www.speedscope.app>. (The Firefox Profiler shows no arguments, and draws overlapping
/// futures and the traces of killed programs incorrectly.)
///
/// The format is the array of the [Trace Event Format], as in Numba's `NUMBA_CHROME_TRACE`. The
/// name is the [path](Site::path) of the function, and the data's `name` or the kind for an event
/// without a function, and for one of Numba's kinds. If functions of one kind have the same path,
/// the name of the second has its module, or file and line, too. The category is the kind, the
/// arguments are the data. Unlike in Numba's traces,
/// threads have the system's ids and names.
///
/// * Calls are `B` and `E` events of their thread. A trace must nest, but guards may end out of
///   order: the scopes inside such a guard are ended with it and started again.
/// * Futures and [open events](event_core::open_event), which may continue on other threads, are
///   asynchronous events (`b`, `e`) of their process, each on a track of its own. Their `parent` is
///   the id of the parent scope.
/// * A failure is an instant event `failed: …` at the END, and an argument `failed` with cause,
///   type, message and location. The returned value (`ret`) is also an argument.
/// * Keys in the arguments of a call differ, since viewers join those of the START and the END. If
///   the data has a key `failed` or `parent`, the trace's own key is `failed_` or `parent_`. If two
///   fields have one key, that of the second is followed by `_`.
///
/// Times are microseconds with three decimals since the first event of the process. Arguments and
/// messages are truncated after 16 KiB, names after 1 KiB; truncated text ends in `…`. Integers
/// outside the range of `i64`, infinity and NaN are written as text.
///
/// # When events reach the disk
///
/// Each thread buffers up to 32 KiB of events, for at most half a second. The file can be opened at
/// any time, even if the process was killed, since the format does not require the array's end.
/// Viewers draw a call without END up to the end of the trace.
///
/// A killed process's `write` may stop at the end of a page of the file, so events do not cross
/// pages. An event of more than 4 KiB may be incomplete in the last line.
///
/// A process that forks without `exec` (some daemons) must start its trace after the fork. The
/// forked process writes no events of its own and warns once on stderr.
///
/// If the disk is full, a warning is printed on stderr and nothing more is written. The file then
/// ends with a whole event.
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
/// [Trace Event Format]:
/// https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
#[must_use = "a listener receives no events until it is installed"]
pub struct ChromeTrace {
    sink: Arc<Sink>,
    templates: LineTemplates,
    /// The names of open futures and open events that are named by their data.
    async_names: OpenScopes<Box<str>>,
    /// The keys of open scopes without a template that keys of the trace could be mistaken for.
    start_keys: OpenScopes<StartKeys>,
    /// Whether there have been such keys.
    has_start_keys: AtomicBool,
    flusher: Flusher,
}

impl ChromeTrace {
    /// Returns a trace that is written to a file. The file is created or emptied now.
    ///
    /// A stream (`/dev/stdout`, `/dev/fd/N`, a FIFO, a device) is written at its position and not
    /// emptied. Other output of the program there appears in the middle of the trace.
    ///
    /// # Errors
    ///
    /// Returns an error if the file cannot be opened or written. If this process or another one is
    /// writing a trace to it, the error is [`io::ErrorKind::ResourceBusy`].
    pub fn to_file(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref();
        let target = match stream::find(path)? {
            Some(Stream::Inherited(file)) => Target::Other(Box::new(file)),
            Some(Stream::Special) => Target::Other(Box::new(stream::open(path)?)),
            None => Target::File(TraceFile {
                file: file::open(path)?,
                whole: 0,
            }),
        };
        let trace = Self::new(target, &format!("`{}`", path.display()));
        trace.sink.write_head()?;
        Ok(trace)
    }

    /// Returns a trace that is written to `writer`, in whole events.
    pub fn to_writer(writer: impl Write + Send + 'static) -> Self {
        Self::new(Target::Other(Box::new(writer)), "its writer")
    }

    fn new(target: Target, target_name: &str) -> Self {
        let failure = format!("cannot write the Chrome trace to {target_name}");
        let sink = Arc::new(Sink::new(target, failure));
        Self {
            flusher: Flusher::start(&sink),
            sink,
            templates: LineTemplates::default(),
            async_names: OpenScopes::default(),
            start_keys: OpenScopes::default(),
            has_start_keys: AtomicBool::new(false),
        }
    }
}

impl Listener for ChromeTrace {
    fn on_start(&self, event: &Event<'_>) {
        let _uncounted = uncounted();
        if !self.sink.receives() {
            return;
        }
        if event.is_mark() {
            return self.mark(event);
        }
        let template = self.templates.of_start(event);
        // Plain arguments run no user code, so the line is written straight into the locked buffer.
        if template.is_some_and(|template| self.sink.push_plain(event, template)) {
            return;
        }
        let mut line = Scratch::take();
        let tid = thread::system_id();
        if let Some(template) = template {
            template.write_start(&mut line, tid, event);
            self.sink.push(event, &line, Some(template.scope_name()));
        } else if is_async(event) {
            self.note_start_keys(event);
            let name = self.templates.name(event);
            if matches!(Identity::of(event), Identity::Own(_)) {
                self.async_names.insert(event.id(), name.as_ref().into());
            }
            line.start_async(tid, event, &name);
            self.sink.append(event, &line);
        } else {
            self.note_start_keys(event);
            let name = self.templates.name(event);
            line.start(tid, event, &name);
            let is_kind = *name == *event.kind().as_str();
            let own_name = (!is_kind).then(|| ScopeName::Own(name.into()));
            self.sink.push(event, &line, own_name);
        }
    }

    fn on_end(&self, event: &Event<'_>) {
        let _uncounted = uncounted();
        if !self.sink.receives() || event.is_mark() {
            return;
        }
        let nanos = event.nanos(); // first, so that the call's time excludes this exporter's
        // No user code runs, so the line is written straight into the locked buffer.
        if let Some(template) = self.templates.of_end(event) {
            if self.sink.pop_plain(event, template, nanos) {
                return;
            }
        }
        if is_async(event) {
            return self.end_async(event);
        }
        let keys = EndKeys::new(event, self.take_start_keys(event));
        if !self.end_innermost(event, &keys) {
            self.end_any(event, &keys);
        }
    }

    /// The END of a scope adds only the returned value and the failure.
    fn wants_end_data(&self) -> bool {
        false
    }
}

impl ChromeTrace {
    /// Writes a message, which is a point in time of its thread.
    #[cold]
    fn mark(&self, event: &Event<'_>) {
        let mut line = Scratch::take();
        line.mark(thread::system_id(), event);
        self.sink.append(event, &line);
    }

    fn note_start_keys(&self, event: &Event<'_>) {
        if let Some(keys) = StartKeys::of(event.data()) {
            // Relaxed: the thread that ends the scope got its id from this one, which orders the
            // store.
            self.has_start_keys.store(true, Ordering::Relaxed);
            self.start_keys.insert(event.id(), keys);
        }
    }

    /// Returns the keys of the START. Its scope ends.
    fn take_start_keys(&self, event: &Event<'_>) -> StartKeys {
        let noted = self.has_start_keys.load(Ordering::Relaxed);
        let noted = noted.then(|| self.start_keys.remove(event.id())).flatten();
        noted.unwrap_or_else(|| {
            self.templates
                .start_keys(event)
                .cloned()
                .unwrap_or_default()
        })
    }

    fn end_async(&self, event: &Event<'_>) {
        let mut line = Scratch::take();
        let name = match self.async_names.remove(event.id()) {
            Some(name) => Cow::Owned(name.into()),
            None => self.templates.name(event),
        };
        let keys = EndKeys::new(event, self.take_start_keys(event));
        line.end_async(thread::system_id(), event, &name, &keys);
        self.sink.append(event, &line);
    }

    /// Ends the scope if it is the innermost of this thread; returns whether it was.
    fn end_innermost(&self, event: &Event<'_>, keys: &EndKeys<'_, '_>) -> bool {
        let mut line = Scratch::take();
        // The name of the START: an END with its own data may have another name.
        let start_name = self.sink.name_of(event);
        let name = start_name.map_or_else(|| self.templates.name(event), Cow::Owned);
        line.end(thread::system_id(), event, &name, keys);
        self.sink.pop(event, &line)
    }

    /// Ends a scope that is not the innermost: guards end in any order, some on another thread.
    #[cold]
    fn end_any(&self, event: &Event<'_>, keys: &EndKeys<'_, '_>) {
        let mut line = Scratch::take();
        if let Some(location) = self.sink.find(event) {
            line.end(location.tid, event, &location.name, keys);
            self.sink.pop_any(&location, event, &line);
        } else {
            // `end_event` accepts any id.
            line.end_without_start(thread::system_id(), event, &self.templates.name(event));
            self.sink.append(event, &line);
        }
    }
}

/// Returns whether other scopes of the thread may start and end while the scope is suspended.
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
            self.flusher.stop();
            self.finish();
        } else {
            self.flusher.forget(); // a forked process does not have the thread
        }
    }
}

impl fmt::Debug for ChromeTrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChromeTrace").finish_non_exhaustive()
    }
}

pub(crate) fn from_spec(spec: &mut ExportSpec<'_>) -> Result<ExporterPlan, SpecError> {
    let path = spec.path("trace.json", &["json"])?;
    spec.finish(&[])?;
    Ok(ExporterPlan::to_file(path, |path| {
        ChromeTrace::to_file(path)
    }))
}
