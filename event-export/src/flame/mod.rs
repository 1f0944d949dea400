//! Flame graphs: where the time went, by call stack.

use std::fmt;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use event_core::{Event, EventId, Listener, Site, ThreadId};

use crate::exporter::Exporter;
use crate::host::alloc::uncounted;
use crate::io::atomic_file;
use crate::io::warn;
use crate::profile::clock;
use crate::profile::open_scopes::OpenScopes;
use crate::profile::self_time::SelfTime;
use crate::spec::{Part, Plan, Wrong};

mod colour;
mod frame_name;
mod stacks;
mod svg;
mod thread_stacks;

use stacks::{Stack, Stacks, add_to};
use svg::{Picture, number};
use thread_stacks::{Caller, Lanes};

/// Adds up calls by their call stacks and draws them: a flame graph, or the folded stacks that others draw one from.
///
/// A stack is the names of the scopes that a scope is in, and its own; a name is the function and the kind,
/// `parse [app:parse]`, or the kind alone where there is no function. Parents are those of the events, so stacks are
/// right across `.await`s, and across threads that work under a [handle](event_core::current_event). A scope whose
/// parent this listener does not hear begins a stack. What [`start_event`](event_core::start_event) begins is nobody's
/// parent: what goes on until its end stands beside it.
///
/// What is added up is each scope's *self time* in nanoseconds, the time when none of the scopes inside it was open,
/// or, [`by_count`](Self::by_count), how many calls there were. The width of a frame is then the sum of all that went on
/// in it: for one thread's calls that is wall time, for threads side by side the sum of theirs. A future's time is
/// that from its first poll to its end, with what it waited.
///
/// Scopes that are still open when it is written are in it with the time so far. In the picture each kind has a hue,
/// and each of its functions a shade of it, the same in every run; times are in the unit that suits their sum.
///
/// # Files
///
/// [`to_file`](Self::to_file) writes an SVG if the name ends in `.svg`: open it in a browser, where a click zooms and
/// Ctrl-F searches. It writes folded stacks otherwise, for <https://www.speedscope.app>, `inferno-flamegraph` or
/// `flamegraph.pl`: each stack a line, its names with `;` between them, then its number, as
/// <https://github.com/brendangregg/FlameGraph#2-fold-stacks> has it.
///
/// In names, what would be read as something else is written as in a Rust literal: `;` as `\x3b`, a line end as `\n`,
/// a backslash as `\\`, other control characters and white space at either end in the same way, and so the space
/// before a number that ends a name (`take\x202`). Names are cut after 200 bytes.
///
/// The file is written whole when this is dropped, and by [`Exporter::flush`]; what stood there stays until then, and
/// also if it cannot be written, which is said on stderr.
///
/// # Limits
///
/// Memory is for distinct stacks, however many calls there are. There are no more than 16,384 of them; what
/// comes later is added up in a frame `(others)` where it was called. Stacks are 200 frames deep; what is deeper is
/// added up in a frame `(deeper)` on top.
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
#[must_use = "a listener hears nothing until it is installed"]
pub struct FlameGraph {
    measure: Measure,
    per_thread: bool,
    title: Option<String>,
    /// The numbers of an earlier run.
    before: Option<Vec<u64>>,
    path: Option<PathBuf>,
    lanes: Lanes,
    open: OpenScopes<Open>,
    is_finished: AtomicBool,
}

/// What is added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Measure {
    Time,
    Count,
}

/// An open scope.
#[derive(Debug)]
struct Open {
    stack: Stack,
    /// Where it began.
    thread: ThreadId,
    is_async: bool,
    time: SelfTime,
    /// Whose self time this is not.
    covers: Option<EventId>,
}

impl Default for FlameGraph {
    fn default() -> Self {
        Self::new()
    }
}

impl FlameGraph {
    /// Returns a listener that adds up self time and keeps it, for [`folded`](Self::folded) and [`svg`](Self::svg).
    pub fn new() -> Self {
        Self {
            measure: Measure::Time,
            per_thread: false,
            title: None,
            before: None,
            path: None,
            lanes: Lanes::default(),
            open: OpenScopes::default(),
            is_finished: AtomicBool::new(false),
        }
    }

    /// Returns one that writes to a file when it is dropped, and when it is flushed: an SVG if the name ends in
    /// `.svg`, else folded stacks. A relative path is one in the directory that the program is in now.
    ///
    /// # Errors
    ///
    /// Returns an error if there is no such directory, or the file is one.
    pub fn to_file(path: impl AsRef<Path>) -> io::Result<Self> {
        Self::new().writing_to(path.as_ref())
    }

    fn writing_to(mut self, path: &Path) -> io::Result<Self> {
        // The program may go to another directory.
        let path = std::path::absolute(path)?;
        let directory = path.parent().unwrap_or(&path);
        if !fs::metadata(directory)?.is_dir() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        if path.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        self.path = Some(path);
        Ok(self)
    }

    /// Adds up calls in the place of their time; each counts when it begins.
    pub fn by_count(mut self) -> Self {
        self.measure = Measure::Count;
        self
    }

    /// Draws threads apart: the name of the thread that a scope began on is the first frame of its stack, `worker (2)`
    /// for the second one of that name.
    ///
    /// What a thread does for a scope of another thread (under a [handle](event_core::current_event)) has that scope's
    /// stack under its own name, and is not taken from the self time of that scope, which waits meanwhile.
    pub fn per_thread(mut self) -> Self {
        self.per_thread = true;
        self
    }

    /// Sets what stands above the picture; the program's name, if this is not called.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// Makes the picture that of the difference to an earlier run, whose folded stacks these are: widths are of this run,
    /// red is more than before, blue is less.
    ///
    /// Both must be of one sort, by time or by count. [`folded`](Self::folded) stays that of this run. What is
    /// not there any more has no width; how much that is, the line below the title says.
    ///
    /// # Errors
    ///
    /// Returns an error that names the line that is no folded stack.
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
        let numbers = self.lanes.read(folded);
        let numbers = numbers.map_err(|why| io::Error::new(io::ErrorKind::InvalidData, why))?;
        self.before = Some(numbers);
        Ok(self)
    }

    /// Returns what has been heard so far as folded stacks, in nanoseconds or calls; see the [type's page](Self#files).
    #[must_use]
    pub fn folded(&self) -> String {
        let (stacks, numbers) = self.so_far();
        stacks.folded(|text, stack| {
            if let number @ 1.. = number(&numbers, stack) {
                let _ = write!(text, " {number}");
            }
        })
    }

    /// Returns a picture of what has been heard so far.
    ///
    /// # Errors
    ///
    /// Returns an error if `inferno` does.
    pub fn svg(&self) -> io::Result<String> {
        let (stacks, numbers) = self.so_far();
        let title = match &self.title {
            Some(title) => title.clone(),
            None => program(),
        };
        let picture = Picture {
            title: &title,
            measure: self.measure,
            per_thread: self.per_thread,
            stacks: &stacks,
            numbers: &numbers,
            before: self.before.as_deref(),
        };
        picture.svg()
    }

    /// Stacks and numbers. What other threads end meanwhile may be missing; nothing is there twice.
    fn so_far(&self) -> (Stacks, Vec<u64>) {
        let mut numbers = self.lanes.numbers();
        if self.measure == Measure::Time {
            let now = clock::now();
            self.open.each(|open| {
                let (_, own) = open.time.end(now);
                add_to(&mut numbers, open.stack, own);
            });
        }
        (self.lanes.stacks(), numbers)
    }

    fn write(&self) -> io::Result<()> {
        let Some(path) = &self.path else {
            return Ok(());
        };
        let text = if is_svg(path) {
            self.svg()?
        } else {
            self.folded()
        };
        atomic_file::write_whole(path, |file| file.write_all(text.as_bytes()))
    }

    /// Ends what was in the time of the scope `parent`.
    fn uncover(&self, parent: Option<EventId>, now: u64) {
        if let Some(id) = parent {
            self.open.with(id, |parent| parent.time.child_ends(now));
        }
    }
}

impl Listener for FlameGraph {
    fn on_start(&self, event: &Event<'_>) {
        let _uncounted = uncounted();
        let (now, count) = match self.measure {
            Measure::Time => (event.nanos(), 0),
            Measure::Count => (0, 1),
        };
        let thread = event.thread();
        let parent = event.parent().and_then(|id| {
            self.open.with(id, |parent| {
                let is_elsewhere = self.per_thread && parent.thread != thread;
                let covers = !is_elsewhere || parent.is_async;
                if covers {
                    parent.time.child_starts(now);
                }
                (parent.stack, is_elsewhere, covers.then_some(id))
            })
        });
        let (caller, covers) = match parent {
            Some((stack, true, covers)) => (Caller::Elsewhere(stack), covers),
            Some((stack, false, covers)) => (Caller::Here(stack), covers),
            None if self.per_thread => (Caller::Elsewhere(Stack::EMPTY), None),
            None => (Caller::Here(Stack::EMPTY), None),
        };
        let open = Open {
            stack: self.lanes.start(event, caller, count),
            thread,
            is_async: event.site().is_some_and(Site::is_async),
            time: SelfTime::start(now),
            covers,
        };
        if !self.open.insert(event.id(), open) {
            // It will not be heard of again.
            self.uncover(covers, now);
        }
    }

    fn on_end(&self, event: &Event<'_>) {
        let _uncounted = uncounted();
        let Some(open) = self.open.remove(event.id()) else {
            return; // `end_event` takes any
        };
        if self.measure == Measure::Time {
            let now = event.nanos();
            let (_, own) = open.time.end(now);
            self.lanes.add(event.thread(), open.stack, own);
            self.uncover(open.covers, now);
        }
    }
}

impl Exporter for FlameGraph {
    fn flush(&self) -> io::Result<()> {
        self.write()
    }

    fn finish(&self) {
        // Relaxed: who comes second has nothing to do.
        if self.is_finished.swap(true, Ordering::Relaxed) {
            return;
        }
        if let Err(error) = self.write() {
            warn::say(error);
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
            .field("path", &self.path)
            .field("measure", &self.measure)
            .field("per_thread", &self.per_thread)
            .finish_non_exhaustive()
    }
}

fn is_svg(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("svg"))
}

/// What the program is called.
fn program() -> String {
    let program = std::env::current_exe().ok();
    let name = program.as_deref().and_then(Path::file_stem);
    name.map_or_else(
        || "Flame graph".to_owned(),
        |name| name.to_string_lossy().into_owned(),
    )
}

pub(crate) fn from_part(part: &mut Part<'_>) -> Result<Plan, Wrong> {
    let path = part.path("flame.svg")?;
    part.ending(&path, &["svg", "folded", "txt"])?;
    let by = [("time", Measure::Time), ("count", Measure::Count)];
    let measure = part.choice("by", &by)?.unwrap_or(Measure::Time);
    let threads = part.choice("threads", &[("merged", false), ("apart", true)])?;
    let before = part.option("before", "a file of folded stacks")?;
    part.finish(&["by", "threads", "before"])?;
    let mut flame = FlameGraph::new();
    flame.measure = measure;
    flame.per_thread = threads.unwrap_or(false);
    if let Some(before) = before {
        if !is_svg(&path) {
            let why = "the option `before` is for a picture, in a file that ends in `.svg`";
            return Err(Wrong(why.to_owned()));
        }
        let compared = fs::read_to_string(before).and_then(|text| flame.compared_with(&text));
        flame =
            compared.map_err(|error| Wrong(format!("cannot compare with `{before}`: {error}")))?;
    }
    Ok(Plan::file(path, move |path| flame.writing_to(path)))
}
