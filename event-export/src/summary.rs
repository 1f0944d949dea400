//! A table of what was called: how often, how long, how it ended.

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::sync::Arc;

use event_core::{Event, Listener};

use crate::exporter::Exporter;
use crate::file;
use crate::part::{Part, PartError};
use crate::time;
use crate::trouble::Trouble;

mod calls;
mod paths;
mod rows;
mod stats;
mod table;
mod text;
mod units;

use calls::Calls;
pub use table::{SummaryRow, SummarySort, SummaryTable};

/// Adds up calls: how many, how long, how they ended, for each kind and function.
///
/// [`table`](Self::table) gives the table so far. A summary made by [`to_stderr`](Self::to_stderr) or
/// [`to_file`](Self::to_file) writes it when it is dropped, and at [`flush`](Exporter::flush).
///
/// In `EVENT_EXPORT` it is `summary`, to stderr, or `summary=FILE`; the option `sort` is `self`, `total`,
/// `calls`, `failed`, `mean`, `p99`, `max`, `allocated` or `name`, as in `summary;sort=calls`.
///
/// # What is counted
///
/// One row is of one annotated function, or of one kind where there is none. The numba kinds, and what has no
/// function, have a row for each `data["name"]`: so Numba's passes are told apart. There are 4,096 rows; what
/// would need more is in one row `(others)`.
///
/// A call counts when it ends, if its start was heard. [`SummaryRow`] says what each column means.
///
/// Memory does not grow with the calls: there is a histogram of about 10 KiB for each row and thread (threads
/// beyond 16 share them), and as much as is remembered of calls while they are open, of which there may be
/// 4 million at once; [`SummaryTable::lost`] says how many were too many.
///
/// # Where it ends
///
/// That a call is inside another is known by [`Event::parent`]. A scope between the two that only another
/// listener hears breaks the chain: the inner call then is no part of the outer one, neither for the outer's self time
/// nor as recursion. Install a summary on all kinds that nest in one another.
///
/// Numba's passes and kinds without a function are told apart by their data, so a summary wants data, and
/// arguments are captured; [`without_names`](Self::without_names) saves that.
///
/// # Examples
///
/// ```
/// use event_core::{install_listener, trigger_event};
/// use event_export::Summary;
///
/// #[trigger_event("docs:fibonacci")]
/// fn fibonacci(n: u64) -> u64 {
///     if n < 2 { n } else { fibonacci(n - 1) + fibonacci(n - 2) }
/// }
///
/// let summary = install_listener("docs:fibonacci", Summary::new());
/// fibonacci(5);
/// let table = summary.table();
/// let row = &table.rows()[0];
/// assert_eq!((row.function(), row.calls()), ("fibonacci", 15));
/// assert!(row.total() >= row.max()); // the outermost call, once
/// println!("{table}");
/// ```
pub struct Summary {
    calls: Arc<Calls>,
    sort: SummarySort,
    has_names: bool,
    output: Output,
}

#[derive(Debug)]
enum Output {
    None,
    Stderr,
    File(PathBuf, Trouble),
}

impl Default for Summary {
    fn default() -> Self {
        Self::new()
    }
}

impl Summary {
    /// Returns a summary that writes nothing by itself.
    #[must_use]
    pub fn new() -> Self {
        Self::with_output(Output::None)
    }

    /// Returns a summary that prints its table on stderr when it is dropped, with colours where stderr is a
    /// terminal, unless `NO_COLOR` is set.
    #[must_use]
    pub fn to_stderr() -> Self {
        Self::with_output(Output::Stderr)
    }

    /// Returns a summary that writes its table into a file when it is dropped: as JSON if the file's name ends
    /// in `.json`, as CSV if in `.csv`, else as text.
    ///
    /// A file that is there is replaced once the new one is complete. If it cannot be written, that is said once
    /// on stderr.
    ///
    /// # Examples
    ///
    /// ```
    /// use event_core::{install_listener, trigger_event};
    /// use event_export::Summary;
    ///
    /// # let directory = std::env::temp_dir().join(format!("summary-docs-{}", std::process::id()));
    /// # std::fs::create_dir_all(&directory)?;
    /// let path = directory.join("calls.csv");
    /// let summary = install_listener("docs:to_file", Summary::to_file(&path));
    /// trigger_event("docs:to_file", (), || {});
    /// drop(summary);
    /// let text = std::fs::read_to_string(&path)?;
    /// assert!(text.starts_with("kind,function,"));
    /// # std::fs::remove_dir_all(&directory)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn to_file(path: impl Into<PathBuf>) -> Self {
        Self::with_output(Output::File(path.into(), Trouble::new()))
    }

    fn with_output(output: Output) -> Self {
        time::origin();
        Self {
            calls: Arc::new(Calls::new()),
            sort: SummarySort::default(),
            has_names: true,
            output,
        }
    }

    /// Returns the same summary with its rows in another order than by self time.
    #[must_use]
    pub fn sorted_by(mut self, sort: SummarySort) -> Self {
        self.sort = sort;
        self
    }

    /// Returns the same summary that asks for no data, so that none is collected for it: what has no function
    /// has one row a kind, and so has each of the numba kinds.
    ///
    /// Collecting is not dear where arguments are numbers and borrowed text. An `async fn`, and an argument that is
    /// moved into a function, has a copy made, with `Debug` where it is nothing simpler.
    #[must_use]
    pub fn without_names(mut self) -> Self {
        self.has_names = false;
        self
    }

    /// Returns the table of all calls that have ended so far.
    #[must_use]
    pub fn table(&self) -> SummaryTable {
        self.calls.table(self.sort)
    }

    fn write(&self) -> io::Result<()> {
        let table = self.table();
        match &self.output {
            Output::None => Ok(()),
            Output::Stderr => {
                let text = if has_colours() {
                    format!("{table:#}")
                } else {
                    table.to_string()
                };
                io::stderr().write_all(text.as_bytes())
            }
            Output::File(path, _) => {
                let extension = path.extension().and_then(|extension| extension.to_str());
                let text = match extension {
                    Some("json") => table.to_json(),
                    Some("csv") => table.to_csv(),
                    _ => table.to_string(),
                };
                file::write_whole(path, |file| file.write_all(text.as_bytes()))
            }
        }
    }
}

/// Whether stderr shows colours, and whether the user wants them; see <https://no-color.org>.
fn has_colours() -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    io::stderr().is_terminal() && !is_set("NO_COLOR") && !is_dumb
}

impl Listener for Summary {
    fn on_start(&self, event: &Event<'_>) {
        self.calls.start(event, self.has_names);
    }

    fn on_end(&self, event: &Event<'_>) {
        self.calls.end(event);
    }

    fn wants_data(&self) -> bool {
        self.has_names
    }
}

impl Exporter for Summary {
    /// Writes the table so far to where it is to go.
    ///
    /// # Errors
    ///
    /// Returns what the system says of the file.
    fn flush(&self) -> io::Result<()> {
        self.write()
    }
}

impl Drop for Summary {
    fn drop(&mut self) {
        if let Err(error) = self.write() {
            if let Output::File(path, trouble) = &self.output {
                trouble.report(
                    format_args!("cannot write the summary to `{}`", path.display()),
                    error,
                );
            }
        }
    }
}

impl fmt::Debug for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Summary")
            .field("output", &self.output)
            .finish_non_exhaustive()
    }
}

pub(crate) fn from_part(part: &mut Part<'_>) -> Result<Box<dyn Exporter>, PartError> {
    let sort = part.choice("sort", SummarySort::ALL)?.unwrap_or_default();
    let path = part.optional_path();
    part.finish(&["sort"])?;
    let summary = match path {
        None => Summary::to_stderr(),
        Some(path) => Summary::to_file(path),
    };
    Ok(Box::new(summary.sorted_by(sort)))
}
