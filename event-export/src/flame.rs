//! Flame graphs.

use std::fmt;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, BufReader};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use event_core::{Event, Listener};
use inferno::{differential, flamegraph};

use crate::alloc::uncounted;
use crate::exporter::Exporter;
use crate::file::{check_place, write_whole};
use crate::open::OpenScopes;
use crate::part::{Part, PartError};
use crate::self_time::SelfTime;
use crate::stacks::{GROUND, Stack, Stacks};
use crate::time;
use crate::trouble;

mod frames;

use frames::{Frames, printable};

/// Adds up the time, or the calls, of every stack of functions, for a flame graph: an SVG to open in a browser, in which
/// a click on a function shows it alone, or the folded stacks that it is made of.
///
/// A function's frame says its name and the kind, as `parse [app:parse]`; it stands on what called it, as far as this
/// listener hears it: across threads and tasks too, where the program says who the parent is. Its width is the time
/// from START to END; what is not covered by frames above is its own. The branches of a `join!` that go on at the same
/// time are each drawn in full.
///
/// Folded stacks are [Brendan Gregg's format], which speedscope and other programs read too: a line for each stack,
/// `outer;inner COUNT`, the count in nanoseconds or calls. A `;` in a name is written `:`, a line's end as a space.
///
/// Calls that are open when the graph is written count with their time so far. Memory is that of the different
/// stacks, however many calls there are: at most 50,000, of at most 1,000 levels; recursion beyond that is folded, and
/// what cannot be is under `(others)`.
///
/// # Examples
///
/// ```
/// use event_core::{install_listener, trigger_event};
/// use event_export::FlameGraph;
///
/// #[trigger_event("docs:flame")]
/// fn outer() {
///     inner();
///     inner();
/// }
/// #[trigger_event("docs:flame")]
/// fn inner() {}
///
/// let flame = install_listener("docs:flame", FlameGraph::new().by_count());
/// outer();
/// assert_eq!(flame.folded(), "\
/// outer [docs:flame] 1
/// outer [docs:flame];inner [docs:flame] 2
/// ");
/// assert!(flame.svg()?.contains("inner [docs:flame]"));
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// [Brendan Gregg's format]: https://github.com/brendangregg/FlameGraph#2-fold-stacks
#[must_use = "a listener hears nothing until it is installed"]
pub struct FlameGraph {
    path: Option<PathBuf>,
    measure: Measure,
    per_thread: bool,
    title: Option<String>,
    /// The folded stacks of another run.
    before: Option<String>,
    open: OpenScopes<Open>,
    heard: Mutex<Heard>,
    is_finished: AtomicBool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Measure {
    Time,
    Count,
}

#[derive(Clone, Copy, Debug)]
struct Open {
    stack: u32,
    time: SelfTime,
}

/// What has been heard of all threads.
#[derive(Debug, Default)]
struct Heard {
    frames: Frames,
    stacks: Stacks,
}

impl Default for FlameGraph {
    fn default() -> Self {
        Self::new()
    }
}

impl FlameGraph {
    /// Returns a flame graph of the time, all threads together, that writes no file.
    pub fn new() -> Self {
        Self {
            path: None,
            measure: Measure::Time,
            per_thread: false,
            title: None,
            before: None,
            open: OpenScopes::default(),
            heard: Mutex::default(),
            is_finished: AtomicBool::new(false),
        }
    }

    /// Returns a flame graph that is written to `path` when it is flushed or dropped: an SVG, if the name ends in
    /// `.svg`, else the folded stacks.
    pub fn to_file(path: impl Into<PathBuf>) -> Self {
        let mut flame = Self::new();
        flame.path = Some(path.into());
        flame
    }

    /// Counts calls, not their time.
    pub fn by_count(mut self) -> Self {
        self.measure = Measure::Count;
        self
    }

    /// Draws each thread by itself: its name is what its calls stand on.
    pub fn per_thread(mut self) -> Self {
        self.per_thread = true;
        self
    }

    /// Sets what is written above the graph; else that is the program's name.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// Compares with the [`folded`](Self::folded) stacks of an earlier run: the graph is this run's, what takes more than
    /// before is red, what takes less is blue.
    ///
    /// # Examples
    ///
    /// ```
    /// use event_core::{install_listener, trigger_event};
    /// use event_export::FlameGraph;
    ///
    /// let before = "docs:compared 2\n";
    /// let flame = install_listener("docs:compared", FlameGraph::new().by_count().compared_with(before));
    /// trigger_event("docs:compared", (), || {});
    /// assert!(flame.svg()?.contains("-100.00%"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn compared_with(mut self, before: impl Into<String>) -> Self {
        self.before = Some(before.into());
        self
    }

    /// Returns the stacks so far, folded: nanoseconds, or calls, of each by itself, in alphabetical order.
    #[must_use]
    pub fn folded(&self) -> String {
        let (stacks, names) = self.snapshot();
        let mut texts: Vec<String> = Vec::with_capacity(stacks.len());
        let mut lines = Vec::new();
        for stack in &stacks {
            let name = names
                .get(stack.row as usize)
                .map_or("(others)", String::as_str);
            let below = usize::try_from(stack.below)
                .ok()
                .filter(|_| stack.below != GROUND);
            let text = match below.and_then(|below| texts.get(below)) {
                None => name.to_owned(),
                Some(below) => format!("{below};{name}"),
            };
            let count = match self.measure {
                Measure::Time => stack.own,
                Measure::Count => stack.calls,
            };
            if count > 0 {
                lines.push(format!("{text} {count}\n"));
            }
            texts.push(text);
        }
        lines.sort_unstable();
        lines.concat()
    }

    /// The stacks, with what is open counted up to now, and the names of their rows.
    fn snapshot(&self) -> (Vec<Stack>, Vec<String>) {
        let mut open = Vec::new();
        self.open.each(|scope| open.push(*scope));
        let now = time::now();
        let (mut stacks, names) = {
            let heard = self.lock();
            (heard.stacks.to_vec(), heard.frames.to_vec())
        };
        for scope in open {
            if let Some(stack) = stacks.get_mut(scope.stack as usize) {
                stack.calls += 1;
                stack.own += scope.time.end(now).1;
            }
        }
        (stacks, names)
    }

    /// Returns the graph as SVG.
    ///
    /// # Errors
    ///
    /// Returns an error if the stacks to compare with are not folded stacks.
    pub fn svg(&self) -> io::Result<String> {
        let folded = self.folded();
        let mut svg = Vec::new();
        if folded.is_empty() {
            return Ok(self.nothing());
        }
        let mut options = self.options();
        match &self.before {
            None => flamegraph::from_lines(&mut options, folded.lines(), &mut svg)?,
            Some(before) => {
                let mut both = Vec::new();
                differential::from_readers(
                    differential::Options::default(),
                    BufReader::new(before.as_bytes()),
                    BufReader::new(folded.as_bytes()),
                    &mut both,
                )?;
                flamegraph::from_reader(&mut options, both.as_slice(), &mut svg)?;
            }
        }
        String::from_utf8(svg).map_err(io::Error::other)
    }

    fn options(&self) -> flamegraph::Options<'static> {
        let mut options = flamegraph::Options::default();
        options.title = self.heading();
        options.hash = true; // one function has one colour, in every run
        options.deterministic = true;
        options.font_type = "ui-monospace, Consolas, Menlo, monospace".into();
        match self.measure {
            Measure::Time => {
                "µs".clone_into(&mut options.count_name);
                options.factor = 0.001;
            }
            Measure::Count => "calls".clone_into(&mut options.count_name),
        }
        let measure = match self.measure {
            Measure::Time => "Wall time from START to END",
            Measure::Count => "Number of calls",
        };
        let compared = self
            .before
            .as_ref()
            .map_or("", |_| "; red: more than before, blue: less");
        options.subtitle = Some(format!("{measure}{compared}"));
        options
    }

    fn heading(&self) -> String {
        if let Some(title) = &self.title {
            return printable(title);
        }
        let program = std::env::args_os().next().unwrap_or_default();
        let name = std::path::Path::new(&program).file_name();
        printable(&name.unwrap_or_default().to_string_lossy())
    }

    /// The picture of a run without events.
    fn nothing(&self) -> String {
        let mut title = String::new();
        for letter in self.heading().chars() {
            match letter {
                '<' => title.push_str("&lt;"),
                '>' => title.push_str("&gt;"),
                '&' => title.push_str("&amp;"),
                letter => title.push(letter),
            }
        }
        let mut svg = String::new();
        let _ = writeln!(
            svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"600\" height=\"80\" font-family=\"monospace\">\
             <rect width=\"100%\" height=\"100%\" fill=\"#f8f8f8\"/>\
             <text x=\"300\" y=\"32\" text-anchor=\"middle\" font-size=\"17\">{title}</text>\
             <text x=\"300\" y=\"58\" text-anchor=\"middle\" font-size=\"12\">No events were heard.</text></svg>"
        );
        svg
    }

    fn lock(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listener for FlameGraph {
    fn on_start(&self, event: &Event<'_>) {
        let _uncounted = uncounted();
        let now = event.nanos();
        // No code of a user's runs under the locks: a name is text already.
        let _ = self.open.start(event.id(), event.parent(), |parent| {
            let mut heard = self.lock();
            let heard = &mut *heard;
            let below = match parent {
                Some(parent) => {
                    parent.time.child_starts(now);
                    Some(parent.stack)
                }
                None if self.per_thread => {
                    let row = heard.frames.of_thread(event.thread());
                    Some(heard.stacks.enter(None, row).0)
                }
                None => None,
            };
            let row = heard.frames.of(event);
            Open {
                stack: heard.stacks.enter(below, row).0,
                time: SelfTime::start(now),
            }
        });
    }

    fn on_end(&self, event: &Event<'_>) {
        let _uncounted = uncounted();
        let now = event.nanos();
        let ended = self.open.end(event.id(), event.parent(), |scope, parent| {
            if let Some(parent) = parent {
                parent.time.child_ends(now);
            }
            scope
        });
        if let Some(scope) = ended {
            let (_, own) = scope.time.end(now);
            self.lock().stacks.add_call(scope.stack, own);
        }
    }
}

impl Exporter for FlameGraph {
    fn flush(&self) -> io::Result<()> {
        let Some(path) = &self.path else {
            return Ok(());
        };
        let is_svg = path
            .extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("svg"));
        let text = if is_svg { self.svg()? } else { self.folded() };
        write_whole(path, |file| file.write_all(text.as_bytes()))
    }

    fn finish(&self) {
        // Relaxed: who comes second has nothing to do.
        if self.is_finished.swap(true, Ordering::Relaxed) {
            return;
        }
        if let (Err(error), Some(path)) = (self.flush(), &self.path) {
            let what = format_args!("cannot write the flame graph to `{}`", path.display());
            trouble::say(what, error);
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
            .finish_non_exhaustive()
    }
}

pub(crate) fn from_part(part: &mut Part<'_>) -> Result<Box<dyn Exporter>, PartError> {
    let path = part.path("flame.svg")?;
    let by = part.choice("by", &[("time", Measure::Time), ("count", Measure::Count)])?;
    let threads = part.choice("threads", &[("merged", false), ("apart", true)])?;
    let before = part.option("before", "the folded stacks of an earlier run, a file")?;
    part.finish(&["by", "threads", "before"])?;
    let before = before.map(|file| {
        let text = fs::read_to_string(file);
        text.map_err(|error| PartError::Wrong(format!("cannot read `{file}`: {error}")))
    });
    check_place(&path).map_err(|error| PartError::Io(path.clone(), error))?;
    let mut flame = FlameGraph::to_file(path);
    flame.measure = by.unwrap_or(Measure::Time);
    flame.per_thread = threads.unwrap_or(false);
    flame.before = before.transpose()?;
    Ok(Box::new(flame))
}
