//! Flame graphs: where the time went, by call stack.

use std::fmt;
use std::fs;
use std::io;
use std::path::Path;

use event_core::__private::escaped;
use event_core::{Event, EventId, EventStatus, Listener, Site, ThreadId};

use crate::exporter::{Exporter, LastWrite};
use crate::host::alloc::uncounted;
use crate::host::fork::{self, Owner};
use crate::io::output_file::OutputFile;
use crate::profile::call_tree::NodeId;
use crate::profile::clock;
use crate::profile::open_scopes::OpenScopes;
use crate::profile::self_time::{self, ScopeStart, SelfTime, Timed};
use crate::spec::{ExportSpec, ExporterPlan, SpecError};

mod colour;
mod folded;
mod frame_name;
mod frame_tree;
mod measure;
mod svg;
mod thread_stacks;

use frame_tree::{FrameTree, StackTotals};
use measure::Measure;
use svg::Picture;
use thread_stacks::{Caller, ThreadStacks};

/// Adds up calls by their call stacks and draws a flame graph, or writes folded stacks for other
/// tools.
///
/// A stack is the names of a scope and of the scopes around it. A name is the [path](Site::path) of
/// the function and the kind, `Parser::token [app:parse]`, or the kind alone if there is no
/// function. If functions of one kind have the same path, their names have the module, or file and
/// line, too. Parents are those of the events, so stacks are right across `.await`, and across
/// threads that work under a [handle](event_core::current_event). A scope whose parent is not
/// enabled for this listener begins a stack. The event of [`start_event`](event_core::start_event)
/// is never a parent: events before its end are its siblings.
///
/// The number of a stack is its *self time* in nanoseconds: the time while no scope inside it was
/// open, and without the time in which a future waited between two polls. With
/// [`by_count`](Self::by_count) it is the number of calls. The width of a frame is the sum of its
/// own number and those of the frames above it. For one thread this is wall time; for concurrent
/// threads it is the sum of their times.
///
/// Scopes that are open when the graph is written are included with their time so far. Each kind
/// has a hue, and each of its functions a shade of it, the same in every run.
///
/// # Files
///
/// [`to_file`](Self::to_file) writes an SVG if the name ends in `.svg`. Open it in a browser: a
/// click zooms, Ctrl-F searches. The outermost scopes are on top. The colours follow the browser's
/// light or dark mode. Otherwise it writes folded stacks for
/// <https://www.speedscope.app>, `inferno-flamegraph` or `flamegraph.pl`: one line for each stack,
/// with its names separated by `;`, then its number
/// (<https://github.com/brendangregg/FlameGraph#2-fold-stacks>).
///
/// Characters of names that have a meaning in that format are escaped as in a Rust literal: `;` as
/// `\x3b`, a line end as `\n`. Other control characters, white space at either end, and the space
/// before a number at the end (`take\x202`) are escaped, too. Names are truncated after 200 bytes.
///
/// The file is written when the listener is dropped, and by [`Exporter::flush`]. The
/// previous file is replaced once the new one is complete. If writing fails, the previous file
/// stays and a warning is printed on stderr.
///
/// # Limits
///
/// Memory grows with distinct stacks, not with calls. There are at most 16,384 stacks; later ones
/// are added up in a frame `(others)` under their caller. Stacks have at most 200 frames; deeper
/// ones are added up in a frame `(deeper)` on top.
///
/// # Examples
///
/// ```
/// use event_core::{install_listener, trigger_event};
/// use event_export::FlameGraph;
///
/// let flame = install_listener("docs:flame*", FlameGraph::new().by_count());
/// trigger_event("docs:flame", (), || {
///     trigger_event("docs:flame_inner", (), || {});
///     trigger_event("docs:flame_inner", (), || {});
/// });
/// assert_eq!(flame.folded(), "docs:flame 1\ndocs:flame;docs:flame_inner 2\n");
/// assert!(flame.svg()?.contains("docs:flame_inner"));
/// # Ok::<(), std::io::Error>(())
/// ```
#[must_use = "a listener receives no events until it is installed"]
pub struct FlameGraph {
    measure: Measure,
    per_thread: bool,
    title: Option<String>,
    /// The totals of an earlier run.
    before: Option<StackTotals>,
    output: Option<OutputFile>,
    stacks: ThreadStacks,
    open: OpenScopes<OpenFrame>,
    last_write: LastWrite,
    owner: Owner,
}

/// A frame whose scope is open.
#[derive(Debug)]
struct OpenFrame {
    stack: NodeId,
    /// The thread on which the scope started.
    thread: ThreadId,
    is_async: bool,
    time: SelfTime,
}

impl Timed for OpenFrame {
    fn time(&mut self) -> &mut SelfTime {
        &mut self.time
    }
}

impl Default for FlameGraph {
    fn default() -> Self {
        Self::new()
    }
}

impl FlameGraph {
    /// Returns a listener that adds up self time, for [`folded`](Self::folded) and
    /// [`svg`](Self::svg).
    pub fn new() -> Self {
        Self {
            measure: Measure::Time,
            per_thread: false,
            title: None,
            before: None,
            output: None,
            stacks: ThreadStacks::default(),
            open: OpenScopes::default(),
            last_write: LastWrite::default(),
            owner: Owner::current(),
        }
    }

    /// Returns a listener that writes to a file when it is dropped and when it is flushed: an SVG
    /// if the name ends in `.svg`, else folded stacks. A relative path is relative to the current
    /// directory at this call.
    ///
    /// # Errors
    ///
    /// Returns an error if the file, or its directory, cannot be written.
    pub fn to_file(path: impl AsRef<Path>) -> io::Result<Self> {
        Self::new().writing_to(path.as_ref())
    }

    fn writing_to(mut self, path: &Path) -> io::Result<Self> {
        self.output = Some(OutputFile::new(path)?);
        Ok(self)
    }

    /// Adds up calls instead of time. A call counts when it starts.
    pub fn by_count(mut self) -> Self {
        self.measure = Measure::Count;
        self
    }

    /// Draws threads separately: the first frame of a stack is the name of the thread that the
    /// scope started on, `worker (2)` for the second thread of that name.
    ///
    /// A scope may have its parent on another thread (under a
    /// [handle](event_core::current_event)). Its stack is then the parent's frames under its own
    /// thread, and its time is not subtracted from the parent's self time.
    pub fn per_thread(mut self) -> Self {
        self.per_thread = true;
        self
    }

    /// Sets the title of the picture. The default is the name of the program.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// Makes the picture show the difference to an earlier run, given by its folded stacks. Widths
    /// are those of this run; red frames have more than before, blue frames less.
    ///
    /// Both runs must be by time, or both by count. [`folded`](Self::folded) contains only this
    /// run. Stacks that occurred only in the earlier run have no width; the subtitle shows both
    /// sums.
    ///
    /// # Errors
    ///
    /// Returns an error that names the first line that is not a folded stack.
    ///
    /// # Examples
    ///
    /// ```
    /// use event_export::FlameGraph;
    ///
    /// let flame = FlameGraph::new().compared_with("main;parse 120\nmain;draw 80\n")?;
    /// assert!(flame.compared_with("main;parse").is_err());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn compared_with(mut self, folded: &str) -> io::Result<Self> {
        let totals = self.stacks.read(folded);
        let totals = totals.map_err(|why| io::Error::new(io::ErrorKind::InvalidData, why))?;
        self.before = Some(totals);
        Ok(self)
    }

    /// Returns the folded stacks so far, in nanoseconds or calls; see the
    /// [type's page](Self#files). In a forked process there are none.
    #[must_use]
    pub fn folded(&self) -> String {
        let (frames, totals) = self.so_far();
        let (frames, moved) = frames.with_labels();
        folded::write_totals(&frames, &totals.moved(&moved))
    }

    /// Returns the picture so far, as an SVG.
    ///
    /// # Errors
    ///
    /// Returns the error of `inferno`, if it fails.
    pub fn svg(&self) -> io::Result<String> {
        let (frames, totals) = self.so_far();
        let (frames, moved) = frames.with_labels();
        let before = self.before.as_ref().map(|before| before.moved(&moved));
        let title = self.title.clone().unwrap_or_else(program_name);
        let title = escaped(&title);
        let picture = Picture {
            title: &title,
            measure: self.measure,
            per_thread: self.per_thread,
            frames: &frames,
            totals: &totals.moved(&moved),
            before: before.as_ref(),
        };
        picture.svg()
    }

    /// Returns stacks and totals. Scopes that other threads end meanwhile may be missing; none is
    /// counted twice.
    fn so_far(&self) -> (FrameTree, StackTotals) {
        if !self.owner.is_current() {
            return <(FrameTree, StackTotals)>::default();
        }
        // A signal handler on this thread would wait for a lock.
        let _suppress = event_core::__private::suppress_events();
        let mut totals = self.stacks.totals();
        if self.measure == Measure::Time {
            let now = clock::now();
            self.open.for_each(|open| {
                totals.add(open.stack, open.time.end(now).own);
            });
        }
        (self.stacks.frames(), totals)
    }

    fn write(&self) -> io::Result<()> {
        let Some(output) = &self.output else {
            return Ok(());
        };
        let text = if is_svg(output.path()) {
            self.svg()?
        } else {
            self.folded()
        };
        output.write(|file| file.write_all(text.as_bytes()))
    }

    /// Returns the stack on which a START is put, and the parent whose self time excludes it.
    #[inline]
    fn enter_caller<'p>(
        &self,
        parent: Option<&'p mut OpenFrame>,
        thread: ThreadId,
    ) -> (Caller, Option<&'p mut SelfTime>) {
        match parent {
            Some(parent) if self.per_thread && parent.thread != thread => {
                // An asynchronous parent may have moved to this thread.
                let covered = parent.is_async.then_some(&mut parent.time);
                (Caller::OtherThread(parent.stack), covered)
            }
            Some(parent) => (Caller::SameThread(parent.stack), Some(&mut parent.time)),
            None if self.per_thread => (Caller::OtherThread(NodeId::ROOT), None),
            None => (Caller::SameThread(NodeId::ROOT), None),
        }
    }
}

impl Listener for FlameGraph {
    fn on_start(&self, event: &Event<'_>) {
        if !self.owner.receives() || event.is_mark() {
            return;
        }
        let _uncounted = uncounted();
        let (now, count) = match self.measure {
            Measure::Time => (event.nanos(), 0),
            Measure::Count => (0, 1),
        };
        let scope = ScopeStart::new(event);
        let (thread, is_async) = (event.thread(), event.site().is_some_and(Site::is_async));
        let started = self.open.start(event.id(), scope.parent, |parent| {
            let (caller, covered) = self.enter_caller(parent, thread);
            OpenFrame {
                stack: self.stacks.start(event, caller, count),
                thread,
                is_async,
                time: SelfTime::start(scope, now, covered),
            }
        });
        if let (Err(rejected), Some(parent)) = (started, scope.parent) {
            // No END will follow.
            self.open.with(parent, |parent| {
                rejected.time.uncover(&mut parent.time, now);
            });
        }
    }

    fn on_end(&self, event: &Event<'_>) {
        if !self.owner.receives() || event.is_mark() {
            return;
        }
        let _uncounted = uncounted();
        if self.measure == Measure::Count {
            let _ = self.open.remove(event.id());
            return;
        }
        let now = event.nanos();
        let thread = event.thread();
        // `end_event` accepts any id.
        let _ = self.open.end(event.id(), event.parent(), |open, parent| {
            if let Some(parent) = parent {
                open.time.uncover(&mut parent.time, now);
            }
            // The totals are locked inside the open scopes, as at the START.
            self.stacks.add(thread, open.stack, open.time.end(now).own);
        });
    }

    fn on_poll(&self, future: EventId, status: EventStatus) {
        if self.owner.receives() {
            self_time::poll(&self.open, future, status);
        }
    }

    fn wants_polls(&self) -> bool {
        self.measure == Measure::Time
    }

    fn wants_end_data(&self) -> bool {
        false
    }
}

impl Exporter for FlameGraph {
    fn flush(&self) -> io::Result<()> {
        if !self.owner.is_current() {
            return Err(fork::error());
        }
        self.write()
    }

    fn finish(&self) {
        if self.owner.is_current() {
            self.last_write.once(|| self.write());
        }
    }
}

impl Drop for FlameGraph {
    fn drop(&mut self) {
        self.finish();
    }
}

impl fmt::Debug for FlameGraph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlameGraph")
            .field("path", &self.output.as_ref().map(OutputFile::path))
            .field("measure", &self.measure)
            .field("per_thread", &self.per_thread)
            .finish_non_exhaustive()
    }
}

fn is_svg(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("svg"))
}

fn program_name() -> String {
    let program = std::env::current_exe().ok();
    let name = program.as_deref().and_then(Path::file_stem);
    name.map_or_else(
        || "Flame graph".to_owned(),
        |name| name.to_string_lossy().into_owned(),
    )
}

pub(crate) fn from_spec(spec: &mut ExportSpec<'_>) -> Result<ExporterPlan, SpecError> {
    let path = spec.path("flame.svg", &["svg", "folded", "txt"])?;
    let by = [("time", Measure::Time), ("count", Measure::Count)];
    let measure = spec.choice("by", &by)?.unwrap_or(Measure::Time);
    let threads = spec.choice("threads", &[("merged", false), ("apart", true)])?;
    let before = spec.option("before", "a file of folded stacks")?;
    spec.finish(&["by", "threads", "before"])?;
    let mut flame = FlameGraph::new();
    flame.measure = measure;
    flame.per_thread = threads.unwrap_or(false);
    if let Some(before) = before {
        if !is_svg(&path) {
            let why = "the option `before` needs a picture, in a file that ends in `.svg`";
            return Err(SpecError(why.to_owned()));
        }
        let compared = fs::read_to_string(before).and_then(|text| flame.compared_with(&text));
        flame = compared
            .map_err(|error| SpecError(format!("cannot compare with `{before}`: {error}")))?;
    }
    Ok(ExporterPlan::to_file(path, move |path| {
        flame.writing_to(path)
    }))
}
