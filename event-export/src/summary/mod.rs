//! A table of calls: their number, duration and outcome for each function.

use std::fmt;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
#[cfg(feature = "live")]
use std::sync::Mutex;
use std::time::Duration;

use event_core::{Event, EventId, EventStatus, Listener};

use crate::exporter::{Exporter, LastWrite};
use crate::host::alloc::is_counted;
use crate::host::fork::{self, Owner};
use crate::io::output_file::OutputFile;
use crate::io::stream;
use crate::spec::{ExportSpec, ExporterPlan, SpecError};

mod baseline;
mod calls;
mod columns;
mod comparison;
mod cut;
#[cfg(all(feature = "live", unix))]
mod fatal_signals;
mod heading;
#[cfg(all(feature = "live", unix))]
mod keyboard;
#[cfg(feature = "live")]
mod live;
mod measures;
mod row;
mod table;
mod terminal;
mod text;
mod totals;
#[cfg(feature = "live")]
mod view;
mod width;

use baseline::Baseline;
use calls::Calls;
pub use comparison::{SummaryComparison, SummaryRegression};
#[cfg(feature = "live")]
use live::LiveTable;
pub use row::{SummaryRow, SummarySort};
pub use table::SummaryTable;

/// Adds up calls for each kind and function: their number, duration and outcome.
///
/// [`table`](Self::table) returns the table so far. A summary made by
/// [`to_stderr`](Self::to_stderr) or [`to_file`](Self::to_file) writes it when it is dropped, and
/// at [`flush`](Exporter::flush).
///
/// In `EVENT_EXPORT`, `summary` writes to stderr and `summary=FILE` to a file. The option `sort` is
/// `self`, `total`, `busy`, `idle`, `calls`, `failed`, `mean`, `p99`, `max`, `allocated` or `name`,
/// as in `summary;sort=calls`.
/// `before=OLD.json` compares with the JSON of an earlier run, and prints a
/// [`SummaryComparison`] on stderr. `fail=+10%` writes `FILE.regressions.json` if a function's
/// median is more than 10 % above the earlier one; without such a function, that file is removed.
///
/// # What is counted
///
/// A row is an annotated function, a place of a macro or an open event, or a kind. Numba's kinds,
/// and events without a function, have a row for each `data["name"]`, so that each of Numba's
/// passes has its own. There are at most 4,096 rows; further rows are merged into one row
/// `(others)`.
///
/// A call counts when it ends, if the summary received its START. The time of a call that is still
/// open counts up to now, as in the report and the flame graph. [`SummaryRow`] describes the
/// columns.
///
/// Memory does not grow with the number of calls. Each row has a histogram of about 10 KiB for each
/// thread (more than 16 threads share histograms). Open calls take memory, too; at most 4 million
/// may be open at once. [`SummaryTable::lost`] counts the calls beyond that limit.
///
/// # Limits
///
/// [`Event::parent`] decides whether a call is inside another one. A scope between the two that is
/// enabled only for another listener breaks the chain: the inner call then counts neither as a
/// child nor as a recursion of the outer one. Install the summary for all kinds that nest.
///
/// The names of Numba's passes, and of events without a function, are in their data, so a summary
/// captures data. [`without_names`](Self::without_names) avoids that cost.
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
    #[cfg(feature = "live")]
    has_keys: bool,
    output: Output,
    baseline: Option<Baseline>,
    last_write: LastWrite,
    owner: Owner,
    #[cfg(feature = "live")]
    live: Mutex<Option<LiveTable>>,
}

#[derive(Debug)]
enum Output {
    None,
    Stderr,
    File(OutputFile),
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

    /// Returns a summary that prints its table on stderr when it is dropped.
    ///
    /// On a terminal, the table fits into its width, and there are colours unless `NO_COLOR` is
    /// set. If the width is unknown, it is the environment variable `COLUMNS`, or else 80 columns;
    /// outside Unix, it is known with the feature `live`. If stderr is not a terminal, the table
    /// fits into `COLUMNS` columns; if that is not set, it has all columns and whole names.
    /// [`SummaryTable`] describes how a table is fitted.
    #[must_use]
    pub fn to_stderr() -> Self {
        Self::with_output(Output::Stderr)
    }

    /// Returns a summary that writes its table into a file when it is dropped: as JSON if the
    /// file's name ends in `.json`, as CSV if it ends in `.csv`, else as text.
    ///
    /// The previous file is replaced once the new one is complete. If writing fails, a warning is
    /// printed on stderr. A relative path is relative to the current directory at this call.
    ///
    /// # Errors
    ///
    /// Returns an error if the file, or its directory, cannot be written.
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
    /// let summary = install_listener("docs:to_file", Summary::to_file(&path)?);
    /// trigger_event("docs:to_file", (), || {});
    /// drop(summary);
    /// let text = std::fs::read_to_string(&path)?;
    /// assert!(text.starts_with("kind,function,"));
    /// # std::fs::remove_dir_all(&directory)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn to_file(path: impl AsRef<Path>) -> io::Result<Self> {
        let file = OutputFile::new(path.as_ref())?;
        Ok(Self::with_output(Output::File(file)))
    }

    fn with_output(output: Output) -> Self {
        Self {
            calls: Arc::new(Calls::new()),
            sort: SummarySort::default(),
            has_names: true,
            #[cfg(feature = "live")]
            has_keys: true,
            output,
            baseline: None,
            last_write: LastWrite::default(),
            owner: Owner::current(),
            #[cfg(feature = "live")]
            live: Mutex::default(),
        }
    }

    /// Returns the same summary, which also draws its table on stderr four times a second, at the
    /// bottom of the screen. It draws only if stderr is a terminal. Needs the feature `live`.
    ///
    /// At the end the table of [`to_stderr`](Self::to_stderr) stays. A table that is higher than
    /// the terminal shows its first rows. Output of the program on the same terminal scrolls above
    /// the table. Call [`sorted_by`](Self::sorted_by) before this.
    ///
    /// # Keys
    ///
    /// On Unix, if stdin is the terminal, keys change the table: `s`, `t`, `b`, `i`, `c`, `f`, `m`,
    /// `p`, `x`, `a` and `n` sort it by self time, total, busy, idle, calls, failed, mean, p99,
    /// max, allocated or name. Space pauses it, `/` filters its rows by a part of their names, Esc
    /// clears the filter, and `q` ends the live table but not the program. Ctrl-C, Ctrl-\\ and
    /// Ctrl-Z work as usual.
    ///
    /// Keys are read without Enter and without an echo. The terminal is restored at the end of the
    /// live table, at exit, by a panic, and before a signal of the keyboard is sent. It is also
    /// restored before `SIGTERM` or `SIGHUP` of another process ends this one. If the program
    /// handles the signal, also by a handler that it sets later, it is left to the program. After
    /// other fatal signals, `stty sane` restores the terminal.
    ///
    /// A program that reads the terminal itself calls [`without_keys`](Self::without_keys) before
    /// this.
    ///
    /// # Examples
    ///
    /// ```
    /// use event_core::{install_listener, trigger_event};
    /// use event_export::{Summary, SummarySort};
    ///
    /// let summary = Summary::to_stderr().sorted_by(SummarySort::Calls).live();
    /// let summary = install_listener("docs:live", summary);
    /// trigger_event("docs:live", (), || {});
    /// assert_eq!(summary.table().rows()[0].calls(), 1);
    /// ```
    #[cfg(feature = "live")]
    #[must_use]
    pub fn live(mut self) -> Self {
        self.live = Mutex::new(LiveTable::start(
            Arc::clone(&self.calls),
            self.sort,
            self.has_keys,
        ));
        self
    }

    /// Returns the same summary, whose live table reads no keys. Call this before
    /// [`live`](Self::live). Needs the feature `live`.
    #[cfg(feature = "live")]
    #[must_use]
    pub fn without_keys(mut self) -> Self {
        self.has_keys = false;
        self
    }

    /// Returns the same summary with its rows in the order `sort`. The default is by self time.
    #[must_use]
    pub fn sorted_by(mut self, sort: SummarySort) -> Self {
        self.sort = sort;
        self
    }

    /// Returns the same summary without data, so that none is captured for it. Events without a
    /// function, and Numba's events, then have one row for each kind.
    ///
    /// Capturing is cheap for numbers and borrowed text. The arguments of an `async fn`, and those
    /// that are moved into a function, are copied; those without a simple type are formatted.
    #[must_use]
    pub fn without_names(mut self) -> Self {
        self.has_names = false;
        self
    }

    /// Returns the table of the calls so far. In a forked process it is empty.
    #[must_use]
    pub fn table(&self) -> SummaryTable {
        if !self.owner.is_current() {
            return SummaryTable::new(Vec::new(), 0, Duration::ZERO);
        }
        // A signal handler on this thread would wait for a lock.
        let _suppress = event_core::__private::suppress_events();
        self.calls.table(self.sort)
    }

    fn write(&self) -> io::Result<()> {
        let table = self.table();
        match &self.output {
            Output::None => Ok(()),
            Output::Stderr => {
                let text = table.whole_text(terminal::width(), terminal::has_colours());
                io::stderr().write_all(text.as_bytes())
            }
            Output::File(file) => {
                let extension = file.path().extension().unwrap_or_default();
                let text = if extension.eq_ignore_ascii_case("json") {
                    table.to_json()
                } else if extension.eq_ignore_ascii_case("csv") {
                    table.to_csv()
                } else {
                    table.to_string()
                };
                file.write(|file| file.write_all(text.as_bytes()))
            }
        }
    }
}

impl Listener for Summary {
    fn on_start(&self, event: &Event<'_>) {
        if self.owner.receives() && !event.is_mark() {
            self.calls.start(event, self.has_names);
        }
    }

    fn on_end(&self, event: &Event<'_>) {
        if self.owner.receives() && !event.is_mark() {
            self.calls.end(event);
        }
    }

    fn on_poll(&self, future: EventId, status: EventStatus) {
        if self.owner.receives() {
            self.calls.poll(future, status);
        }
    }

    fn wants_polls(&self) -> bool {
        true
    }

    fn wants_data(&self) -> bool {
        self.has_names
    }

    fn wants_end_data(&self) -> bool {
        false
    }
}

impl Exporter for Summary {
    /// Writes the table so far to its output.
    ///
    /// # Errors
    ///
    /// Returns an error if the output cannot be written.
    fn flush(&self) -> io::Result<()> {
        if !self.owner.is_current() {
            return Err(fork::error());
        }
        self.write()
    }

    fn finish(&self) {
        if !self.owner.is_current() {
            return;
        }
        self.last_write.once(|| {
            #[cfg(feature = "live")]
            drop(self.live.lock().map(|mut live| live.take())); // before the table is printed
            let written = self.write();
            let compared = self.baseline.as_ref().map_or(Ok(()), |baseline| {
                // A signal handler would wait for a lock.
                baseline.compare(&self.table())
            });
            match self.output {
                Output::File(_) => written.and(compared),
                _ => compared, // a failure of stderr cannot be reported
            }
        });
    }
}

impl Drop for Summary {
    fn drop(&mut self) {
        #[cfg(feature = "live")]
        if !self.owner.is_current() {
            // The thread runs only in the parent process, so it must not be joined here.
            std::mem::forget(std::mem::take(&mut self.live));
        }
        self.finish();
    }
}

impl fmt::Debug for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Summary")
            .field("output", &self.output)
            .finish_non_exhaustive()
    }
}

pub(crate) fn from_spec(spec: &mut ExportSpec<'_>) -> Result<ExporterPlan, SpecError> {
    let sort = spec.choice("sort", SummarySort::ALL)?.unwrap_or_default();
    if sort == SummarySort::Allocated && !is_counted() {
        let why = if cfg!(feature = "alloc") {
            "`sort=allocated` needs a `CountingAllocator` as the program's global allocator"
        } else {
            "`sort=allocated` needs the feature `alloc` of event-export, which this program was \
             built without"
        };
        return Err(SpecError(why.to_owned()));
    }
    let before = spec.option("before", "the JSON of an earlier run")?;
    let limit = spec.option("fail", "a percentage such as `+10%`")?;
    let limit = limit.map(baseline::parse_percent).transpose()?;
    let is_live = spec.take_word("live");
    let has_keys = !(is_live && spec.flag("no-keys")?);
    let path = spec.optional_path("summary.txt", &["json", "csv", "txt"])?;
    let options: &[&str] = if is_live {
        &["sort", "before", "no-keys"]
    } else {
        &["sort", "before", "fail"]
    };
    spec.finish(options)?;
    if let (Some(_), None) = (limit, before) {
        let why = "the option `fail` needs an earlier run: `;before=OLD.json`";
        return Err(SpecError(why.to_owned()));
    }
    if limit.is_some() && path.as_deref().is_none_or(stream::is_stream) {
        let why = "the option `fail` needs a file, as in `summary=summary.json`: regressions are \
                   written to `summary.regressions.json`";
        return Err(SpecError(why.to_owned()));
    }
    let before = before.map(str::to_owned);
    match path {
        None => {
            let make = if is_live { live()? } else { to_stderr };
            Ok(ExporterPlan::without_file(move || {
                let mut summary = make(sort, has_keys);
                summary.baseline = before.and_then(|before| Baseline::read(&before));
                summary
            }))
        }
        Some(path) => Ok(ExporterPlan::to_file(path, move |path| {
            let mut summary = Summary::to_file(path)?.sorted_by(sort);
            let limit = limit
                .map(|limit| baseline::Limit::new(limit, path))
                .transpose()?;
            // Read now, because this run may replace the file.
            let baseline = before.and_then(|before| Baseline::read(&before));
            summary.baseline = baseline.map(|baseline| baseline.with_limit(limit));
            Ok(summary)
        })),
    }
}

fn to_stderr(sort: SummarySort, _: bool) -> Summary {
    Summary::to_stderr().sorted_by(sort)
}

/// Returns what makes a live summary, if the program was built with that feature.
#[cfg_attr(
    feature = "live",
    expect(
        clippy::unnecessary_wraps,
        reason = "without the feature it returns an error"
    )
)]
fn live() -> Result<fn(SummarySort, bool) -> Summary, SpecError> {
    #[cfg(feature = "live")]
    return Ok(|sort, has_keys| {
        let mut summary = Summary::to_stderr().sorted_by(sort);
        summary.has_keys = has_keys;
        summary.live()
    });
    #[cfg(not(feature = "live"))]
    Err(SpecError(
        "this program was built without `live`; enable the feature `live` of event-export (for a \
         file of this name, write `./live`)"
            .to_owned(),
    ))
}
