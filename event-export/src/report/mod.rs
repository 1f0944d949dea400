//! The report: one HTML file with a timeline, a flame graph, a table and failures.
//!
//! Values are formatted before a lock is taken, because formatting runs user code.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::Ordering;
use std::time::SystemTime;

use event_core::{Event, EventId, EventStatus, Listener};

use crate::exporter::{Exporter, LastWrite};
use crate::host::alloc::uncounted;
use crate::host::fork::{self, Owner};
use crate::io::output_file::OutputFile;
use crate::profile::call_tree::NodeId;
use crate::profile::clock;
use crate::profile::open_scopes::OpenScopes;
use crate::profile::self_time::{self, ScopeStart, SelfTime};
use crate::spec::{ExportSpec, ExporterPlan, SpecError};
use crate::sync::{AtomicU64, lock};

mod busy_threads;
mod call;
mod collector;
mod failure_groups;
mod fields;
mod json;
mod marks;
mod page;
mod retention;
mod rows;
mod stacks;
mod thread;

use busy_threads::{BusyThreads, Work};
use call::{CallStart, EndedCall, Failure, OpenCall};
use collector::Collector;
use fields::Fields;
use marks::ReportMark;

/// Writes one HTML file that shows what the program did: a timeline, a flame graph, a table and the
/// failures.
///
/// The file loads nothing else, so it works offline and from the disk. It needs Chromium, Firefox
/// or Safari of May 2024 or later, and follows the system's light or dark theme. It is written when
/// the report is dropped, and at each [`flush`](Exporter::flush). The previous file is replaced
/// once the new one is complete.
///
/// # Contents
///
/// * **First view**: run time, calls, failed and cancelled calls; the functions with the most self
///   time, the slowest calls and the most important failures, then the timeline.
/// * **Timeline**: a bar for each call, in rows by thread; `async` functions have rows of their
///   own. Threads that did not overlap share a row. Rows can be folded, sorted by busy time, and
///   filtered by name. A thread is busy during its calls and while it polls futures. Wheel, drag
///   and keys zoom and move. The pointer shows a call's name, kind, duration, self time, arguments
///   and failure.
/// * **Messages** of `tracing` and `log`, which `EventLayer` and `EventLogger` broadcast, are marks
///   in the bars of the timeline. The details of a call list them, and the search finds them.
///   The details of a future show for how long it was polled and for how long it waited. Those of
///   a call in a [`TraceContext`](crate::TraceContext), or of an exporter of traces, show the id of
///   its trace.
/// * **Flame graph**: all calls, merged by their call stacks. The width is the self time of a call
///   and of the calls inside it. Calls that overlap (threads under a handle, `join!`) each count.
/// * **Table**: for each kind and function the number of calls, of failed and of cancelled ones,
///   the total time, self time, mean, p50, p95 and p99 to two digits, and the maximum. The total
///   counts recursive calls once, in the outermost call.
/// * **Failures**: groups of calls that failed in the same function, by the same cause, with the
///   same message. Each has the number of calls and the first and last time; panics come first. A
///   group opens to its calls, with type, location and arguments. A failure that passed through
///   several calls is in the group of the innermost one, which counts all of them.
///
/// The number of failed calls is the same in all views. Cancelled calls have not failed; they are
/// counted separately and drawn in grey. The search finds what the open view shows: calls, stacks,
/// functions or groups of failures.
///
/// The page's address keeps the open view, the visible times, the selected call and the search, so
/// it can be bookmarked. A printed page shows all of the open view. Control characters are shown as
/// in `\x1b`.
///
/// The run ends with the last event. Calls that are open when the file is written are drawn up to
/// that time, and marked. Their total and self time count, also in the table and the flame graph.
/// The number of calls, the mean and the percentiles are those of ended calls. With
/// [`from_env`](crate::from_env), this is the time before the first exporter writes its file.
///
/// # Limits
///
/// The table and the flame graph count every call. The other views show only retained calls: the
/// first 500 and the last 500 failures of each cause, and the longest of all other calls. By
/// default 100,000 of these are retained; [`with_limit`](Self::with_limit) changes the number. The
/// page shows how many calls are not drawn, and the duration of the longest of them.
///
/// A retained call with two arguments takes about 300 bytes of memory, 120 more while the file is
/// written, and 60 bytes in the file. 100,000 calls are 30 MB of memory and a file of 6 MB, which
/// Chromium shows in about half a second.
///
/// The first and the last 5,000 messages are retained, 200 bytes of each. A message whose call is
/// not retained is a mark in the heading of its thread.
///
/// A call's arguments are truncated after 300 bytes, the returned value also after 300 bytes, and
/// the message of a failure after 1,000 bytes; truncated text ends in `…`. There are at most 2,000
/// rows; further functions share one row `(others)` for each kind. There are at most 1,000 groups
/// of failures; further ones share one group for each cause. There are at most 50,000 stacks of up
/// to 1,000 calls; beyond that recursion is folded.
///
/// A call with two arguments costs the program about 3,300 instructions, or 4,000 if it is
/// retained.
///
/// # Privacy
///
/// The file contains the calls' arguments, returned values, and the messages of failures. Check
/// these before you share the file. [`without_arguments`](Self::without_arguments) omits arguments,
/// returned values and messages of `tracing` and `log`; `#[trigger_event("…", skip(password))]`
/// omits a single argument. [`Redacted`](crate::Redacted) and `EVENT_REDACT` hide values by keys.
///
/// # Examples
///
/// ```
/// use event_core::{install_listener, trigger_event};
/// use event_export::Report;
///
/// #[trigger_event("docs:report")]
/// fn parse(text: &str) -> usize {
///     text.len()
/// }
///
/// let path = std::env::temp_dir().join("event-export-docs-report.html");
/// let report = install_listener("docs:report", Report::to_file(&path)?);
/// parse("a = 1");
/// drop(report); // writes the file
///
/// let page = std::fs::read_to_string(&path)?;
/// assert!(page.starts_with("<!doctype html>"));
/// assert!(page.contains("docs:report"));
/// # std::fs::remove_file(&path)?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Report {
    output: OutputFile,
    has_arguments: bool,
    /// When the report was made.
    began: u64,
    date: SystemTime,
    /// Texts about the whole report.
    notes: Vec<String>,
    open: OpenScopes<OpenCall>,
    collector: Mutex<Collector>,
    /// Locked while a part of `open` is locked.
    busy: Mutex<BusyThreads>,
    /// The duration that a call must exceed to be retained as one of the longest.
    shortest: AtomicU64,
    /// How many calls were not counted because too many were open.
    lost: AtomicU64,
    last_write: LastWrite,
    owner: Owner,
}

/// How many calls are retained by default.
const DEFAULT_LIMIT: usize = 100_000;

/// The most calls that can be retained.
const MAX_LIMIT: usize = 10_000_000;

impl Report {
    /// Returns a report that is written to the file `path`.
    ///
    /// The file is checked now, and opened when it is written. If writing fails,
    /// [`flush`](Exporter::flush) returns the error, and the drop prints it on stderr. A relative
    /// path is relative to the current directory at this call.
    ///
    /// # Errors
    ///
    /// Returns an error if the file, or its directory, cannot be written.
    pub fn to_file(path: impl AsRef<Path>) -> io::Result<Self> {
        Ok(Self {
            output: OutputFile::new(path.as_ref())?,
            has_arguments: true,
            began: clock::now(),
            date: SystemTime::now(),
            notes: Vec::new(),
            open: OpenScopes::default(),
            collector: Mutex::new(Collector::new(DEFAULT_LIMIT)),
            busy: Mutex::default(),
            shortest: AtomicU64::new(0),
            lost: AtomicU64::new(0),
            last_write: LastWrite::default(),
            owner: Owner::current(),
        })
    }

    /// Returns the report with another limit of retained calls, up to ten million. Failed calls do
    /// not count towards it.
    ///
    /// # Examples
    ///
    /// ```
    /// use event_core::{install_listener, trigger_event};
    /// use event_export::Report;
    ///
    /// let path = std::env::temp_dir().join("event-export-docs-limit.html");
    /// let report = install_listener("docs:limit", Report::to_file(&path)?.with_limit(10));
    /// for _ in 0..100 {
    ///     trigger_event("docs:limit", (), || {});
    /// }
    /// drop(report);
    /// assert!(std::fs::read_to_string(&path)?.contains(r#""calls":100,"undrawn":90"#));
    /// # std::fs::remove_file(&path)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn with_limit(self, calls: usize) -> Self {
        lock(&self.collector).set_limit(calls.min(MAX_LIMIT));
        self
    }

    /// Returns the report without arguments, returned values and messages of `tracing` and `log`,
    /// which also costs less. The messages of failures stay.
    ///
    /// Events whose name is in their data, such as Numba's passes, are named after their kind.
    ///
    /// # Examples
    ///
    /// ```
    /// use event_core::{install_listener, trigger_event};
    /// use event_export::Report;
    ///
    /// #[trigger_event("docs:secret")]
    /// fn log_in(password: &str) {}
    ///
    /// let path = std::env::temp_dir().join("event-export-docs-secret.html");
    /// let report = Report::to_file(&path)?.without_arguments();
    /// let report = install_listener("docs:secret", report);
    /// log_in("hunter2");
    /// drop(report);
    /// assert!(!std::fs::read_to_string(&path)?.contains("hunter2"));
    /// # std::fs::remove_file(&path)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn without_arguments(mut self) -> Self {
        self.has_arguments = false;
        self
    }
}

#[cfg(feature = "flight")]
impl Report {
    /// Returns the report of events that were recorded from the time `began` on, with notes about
    /// them.
    pub(crate) fn of_recording(mut self, began: u64, date: SystemTime, notes: Vec<String>) -> Self {
        self.began = began;
        self.date = date;
        self.notes = notes;
        self
    }

    /// Writes the file for the only time.
    pub(crate) fn write_once(self) -> io::Result<()> {
        let mut written = Ok(());
        self.last_write.once(|| {
            written = self.flush();
            Ok(())
        });
        written
    }
}

impl Listener for Report {
    fn on_start(&self, event: &Event<'_>) {
        if !self.owner.receives() {
            return;
        }
        let _uncounted = uncounted();
        if event.is_mark() {
            return self.mark(event);
        }
        let arguments = self.fields(event, &Fields::default());
        if !self.owner.receives() {
            return; // the formatting forked this process
        }
        let now = event.nanos(); // after the formatting, so that the call's time excludes it
        let scope = ScopeStart::new(event);
        let inside = scope.parent.and_then(|parent| {
            self.open.with(parent, |parent| {
                let time = SelfTime::start(scope, now, Some(&mut parent.time));
                (parent.position.node, time, parent.start.trace.clone())
            })
        });
        let (caller, time, trace) = inside.unwrap_or_else(|| {
            let time = SelfTime::start(scope, now, None);
            (NodeId::ROOT, time, call::outermost_trace(event))
        });
        let (row, position) = lock(&self.collector).start(event, now, caller);
        let start = CallStart::new(event, now, row, arguments, trace);
        let works = scope.works_from_start();
        if works {
            lock(&self.busy).begin(&start.thread, now);
        }
        let thread = start.thread.id;
        let open = OpenCall {
            start,
            time,
            work: Work::new(works.then_some(thread)),
            position,
            inner_failure: None,
        };
        if !self.open.insert(event.id(), open) {
            self.lost.fetch_add(1, Ordering::Relaxed); // a counter
            self.uncover_parent(event, &time, now);
            if works {
                lock(&self.busy).end(thread, now);
            }
        }
    }

    fn on_end(&self, event: &Event<'_>) {
        if !self.owner.receives() || event.is_mark() {
            return;
        }
        let _uncounted = uncounted();
        let now = event.nanos();
        let Some(mut open) = self.open.remove(event.id()) else {
            return;
        };
        open.work.end_all(now, &mut lock(&self.busy));
        self.uncover_parent(event, &open.time, now);
        let times = open.time.end(now);
        let failure = event.exc_details().map(|exc| Box::new(Failure::new(exc)));
        // Relaxed: an outdated value only costs a needless formatting, or a missing result.
        let is_retained = failure.is_some() || times.total >= self.shortest.load(Ordering::Relaxed);
        let result = if is_retained {
            self.fields(event, &open.start.arguments)
        } else {
            Fields::default()
        };
        if !self.owner.receives() {
            return; // the formatting forked this process
        }
        let call = EndedCall {
            start: open.start,
            times,
            result,
            failure,
        };
        let mut collector = lock(&self.collector);
        let group = collector.end(open.position, call, open.inner_failure);
        self.shortest.store(collector.shortest(), Ordering::Relaxed);
        drop(collector);
        if let (Some(group), Some(parent)) = (group, event.parent()) {
            self.open
                .with(parent, |parent| parent.inner_failure = Some(group));
        }
    }

    fn on_poll(&self, future: EventId, status: EventStatus) {
        if self.owner.receives() {
            self_time::poll(&self.open, future, status);
            let thread = thread::current();
            let now = clock::now();
            self.open.with(future, |call| {
                let mut busy = lock(&self.busy);
                call.work.poll(status, &thread, now, &mut busy);
            });
        }
    }

    fn wants_polls(&self) -> bool {
        true
    }

    fn wants_data(&self) -> bool {
        self.has_arguments
    }

    /// The END of a scope adds only the returned value and the failure.
    fn wants_end_data(&self) -> bool {
        false
    }
}

impl Report {
    /// Adds a message, unless the report has no data.
    #[cold]
    fn mark(&self, event: &Event<'_>) {
        if self.has_arguments {
            let mark = ReportMark::new(event); // before the lock, as it formats
            if self.owner.receives() {
                lock(&self.collector).mark(mark); // the formatting did not fork this process
            }
        }
    }

    fn fields(&self, event: &Event<'_>, known: &Fields) -> Fields {
        if self.has_arguments {
            Fields::new(event.data(), known)
        } else {
            Fields::default()
        }
    }

    fn uncover_parent(&self, event: &Event<'_>, child: &SelfTime, now: u64) {
        if let Some(parent) = event.parent() {
            self.open
                .with(parent, |parent| child.uncover(&mut parent.time, now));
        }
    }
}

impl Exporter for Report {
    /// Writes the file with all calls so far. Calls that are open are marked.
    fn flush(&self) -> io::Result<()> {
        if !self.owner.is_current() {
            return Err(fork::error());
        }
        // A signal handler would wait for a lock.
        let suppress = event_core::__private::suppress_events();
        let collector = lock(&self.collector); // before `open`, so that no call is in both lists
        let now = clock::now();
        let mut unfinished = Vec::new();
        self.open.for_each(|call| unfinished.push(call.until(now)));
        let busy = lock(&self.busy).to_vec(now);
        let snapshot = collector.snapshot(unfinished, busy, now);
        drop(collector);
        drop(suppress);
        let lost = self.lost.load(Ordering::Relaxed);
        let origin = page::Origin {
            date: self.date,
            began: self.began,
            notes: &self.notes,
        };
        self.output
            .write(|file| page::write(file, &snapshot, &origin, lost))
    }

    fn finish(&self) {
        if self.owner.is_current() {
            self.last_write.once(|| self.flush());
        }
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        self.finish();
    }
}

impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Report")
            .field("path", &self.output.path())
            .field("has_arguments", &self.has_arguments)
            .finish_non_exhaustive()
    }
}

const OPTIONS: &[&str] = &["limit", "no-arguments"];

/// `report=FILE.html[;limit=CALLS][;no-arguments]`.
pub(crate) fn from_spec(spec: &mut ExportSpec<'_>) -> Result<ExporterPlan, SpecError> {
    let path = spec.path("report.html", &["html", "htm"])?;
    let limit = spec.count("limit", "calls")?;
    let has_no_arguments = spec.flag("no-arguments")?;
    spec.finish(OPTIONS)?;
    Ok(ExporterPlan::to_file(path, move |path| {
        let mut report = Report::to_file(path)?;
        if let Some(calls) = limit {
            report = report.with_limit(calls);
        }
        if has_no_arguments {
            report = report.without_arguments();
        }
        Ok(report)
    }))
}
