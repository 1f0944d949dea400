//! `EVENT_EXPORT`, `EVENT_KINDS`, `EVENT_FUNCTIONS` and `EVENT_REDACT`: which exporters to install,
//! for which events, without which values.
//!
//! All of `EVENT_EXPORT` is parsed before the first file is opened, so an invalid variable leaves
//! every file unchanged.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use event_core::{KindFilter, NameFilter, install_listener};

use crate::error::ExportError;
use crate::exporter::Exporter;
use crate::io::atomic_file;
use crate::io::stream;
use crate::io::warn::warn;
use crate::redacted::{Redacted, SeenKeys};
use crate::spec::{ExportSpec, ExporterPlan, PlannedOutput, SpecError};
use crate::suggest::did_you_mean;
use crate::sync::lock;

mod nearest_pattern;
mod patterns;
mod shutdown;

use patterns::{FUNCTIONS, KINDS, Patterns, REDACT};
use shutdown::{Earlier, RunningExporters};

const EXPORT: &str = "EVENT_EXPORT";

/// An exporter that `EVENT_EXPORT` can name.
struct KnownExporter {
    name: &'static str,
    /// The syntax of its spec.
    usage: &'static str,
    /// None if the feature of the same name is off.
    parse: Option<Parse>,
}

type Parse = fn(&mut ExportSpec<'_>) -> Result<ExporterPlan, SpecError>;

macro_rules! known_exporters {
    ($($name:literal, $usage:literal, $parse:path;)*) => {
        &[$(KnownExporter {
            name: $name,
            usage: $usage,
            #[cfg(feature = $name)]
            parse: Some($parse),
            #[cfg(not(feature = $name))]
            parse: None,
        }),*]
    };
}

const KNOWN_EXPORTERS: &[KnownExporter] = known_exporters! {
    "summary", "summary[=live|FILE.json|FILE.csv|FILE.txt]", crate::summary::from_spec;
    "chrome", "chrome=FILE.json", crate::chrome::from_spec;
    "flame", "flame=FILE.svg|FILE.folded", crate::flame::from_spec;
    "report", "report=FILE.html", crate::report::from_spec;
    "tracing", "tracing", crate::tracing::spans::from_spec;
    "log", "log", crate::log::from_spec;
    "metrics", "metrics=IP:PORT|FILE.prom", crate::metrics::from_spec;
    "otlp", "otlp", crate::otlp::from_spec;
    "flight", "flight=DIRECTORY", crate::flight::from_spec;
};

/// Installs the exporters that `EVENT_EXPORT` names, for the kinds in `EVENT_KINDS`.
///
/// `EVENT_EXPORT` is a list of exporters separated by commas, each with its file and options:
/// `summary,chrome=trace.json,flame=flame.svg;by=count`. `EVENT_KINDS` is a [`KindFilter`], such as
/// `app:*,!app:health`; if it is not set, all kinds are exported. If `EVENT_EXPORT` is not set or
/// empty, nothing is installed and there is no cost.
///
/// `EVENT_FUNCTIONS` selects functions of these kinds by a [`NameFilter`], such as
/// `Parser::*,!*::new`. A function that is left out costs as much as without exporters, unless
/// another listener receives it, and what it calls belongs to the nearest exported caller. An event
/// without an annotated function has its kind as its name. `my_crate::parse::*` selects the
/// functions of a module. In code, use [`KindFilter::functions`].
///
/// `EVENT_REDACT` hides the values of secret keys from the exporters. It is another [`NameFilter`],
/// such as `password,*token*`. In code, use [`Redacted`], which describes the limits.
///
/// A variable that is empty, or only spaces, is the same as one that is not set. An empty pattern
/// in a list is an error, also after the last comma.
///
/// At exit, a line on stderr names each pattern of these variables that matched nothing in the
/// whole run, with the nearest pattern that matches something.
///
/// `%p` in a file's name becomes the process id. Child processes inherit the variable. Without `%p`
/// the first process to open a trace keeps it; other files are overwritten by the last process to
/// exit.
///
/// A comma or a semicolon in a file's name needs quotes: `chrome="a,b.json"`, or `'a,b.json'`. No
/// character in quotes is special. For a name with one sort of quotes, use the other.
///
/// If a file cannot be opened for writing, a warning is printed on stderr and the program continues
/// without that exporter. If the earlier run of a comparison cannot be read, as in
/// `flame=flame.svg;before=before.folded`, an error is returned.
///
/// # Errors
///
/// Returns an [`ExportError`] that names the invalid part and what is valid. A second call returns
/// an error while the exporters of the first one run in this process.
///
/// # Examples
///
/// ```
/// let exports = event_export::from_env()?;
/// assert!(exports.is_empty()); // no variable is set here
/// # Ok::<(), event_export::ExportError>(())
/// ```
pub fn from_env() -> Result<Exports, ExportError> {
    let Some(exports) = variable(EXPORT)?.filter(|exports| !exports.trim().is_empty()) else {
        return Ok(Exports::default());
    };
    let kinds = variable(KINDS)?.unwrap_or_default();
    let functions = variable(FUNCTIONS)?.unwrap_or_default();
    let redact = variable(REDACT)?.unwrap_or_default();
    let mut earlier = lock(&EARLIER);
    if earlier.is_running() {
        let why = "an earlier call of `from_env` still exports to it; call `from_env` once, at the \
                   start of `main`, or drop the earlier `Exports` before";
        return Err(ExportError::new(EXPORT, exports.trim(), why));
    }
    let exports = install(&exports, &kinds, &functions, &redact)?;
    *earlier = exports
        .0
        .as_ref()
        .map_or_else(Earlier::default, RunningExporters::downgrade);
    Ok(exports)
}

/// The exporters of the last call of [`from_env`].
static EARLIER: Mutex<Earlier> = Mutex::new(Earlier::new());

fn variable(name: &'static str) -> Result<Option<String>, ExportError> {
    let Some(value) = std::env::var_os(name) else {
        return Ok(None);
    };
    value
        .into_string()
        .map(Some)
        .map_err(|value| ExportError::new(name, &value.to_string_lossy(), "it is not valid UTF-8"))
}

/// Installs exporters like [`from_env`], with texts from elsewhere, such as a command line or a
/// settings file. If `kinds` is empty, all kinds are exported.
///
/// # Errors
///
/// Returns an [`ExportError`] that names the invalid part and what is valid.
///
/// # Examples
///
/// ```
/// use event_export::from_text;
///
/// let error = from_text("flame", "app:*").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "`flame` in EVENT_EXPORT: it needs a file to write to, as in `flame=flame.svg`",
/// );
/// assert!(from_text("summary", "app:*b").is_err());
/// ```
pub fn from_text(exports: impl AsRef<str>, kinds: impl AsRef<str>) -> Result<Exports, ExportError> {
    install(exports.as_ref(), kinds.as_ref(), "", "")
}

fn install(
    exports: &str,
    kinds: &str,
    functions: &str,
    redact: &str,
) -> Result<Exports, ExportError> {
    let exported_kinds = parse_filter(kinds)?;
    let functions = parse_names(FUNCTIONS, functions)?;
    let secrets = parse_names(REDACT, redact)?;
    let plans = parse_exports(exports)?;
    check_outputs_differ(&plans)?;
    let exporters = plans.into_iter().filter_map(|(spec, plan)| {
        let output = plan.output;
        let exporter = (plan.open)()
            .inspect_err(|error| {
                let spec = spec.text;
                match output {
                    PlannedOutput::File(path) => {
                        let path = path.display();
                        warn(format_args!("cannot write `{path}` for `{spec}`: {error}"));
                    }
                    _ => warn(error),
                }
            })
            .ok()??;
        Some((start_order(&spec), exporter))
    });
    let mut exporters: Vec<_> = exporters.collect();
    exporters.sort_by_key(|(order, _)| *order);
    let seen_keys = Arc::new(SeenKeys::default());
    let patterns = Patterns::new(
        kinds,
        &exported_kinds,
        functions.as_ref(),
        secrets.as_ref(),
        Arc::clone(&seen_keys),
    );
    let filter = match functions {
        None => exported_kinds,
        Some(functions) => exported_kinds.functions(functions),
    };
    let installed = exporters
        .into_iter()
        .map(|(_, exporter)| match &secrets {
            None => exporter,
            Some(secrets) => {
                let redacted = Redacted::new(secrets.clone(), exporter);
                Box::new(redacted.with_seen_keys(Arc::clone(&seen_keys)))
            }
        })
        .map(|exporter| install_listener(filter.clone(), exporter));
    let running = shutdown::finish_at_exit(installed.collect(), patterns);
    Ok(Exports(running))
}

/// Returns the place of an exporter in the order in which exporters are notified.
///
/// The time of a START is read by the first exporter that needs it, and the exporters that are
/// notified later use the same time. So exporters that format arguments at START come first:
/// otherwise their work would count as time of the call. They format before they read the time.
fn start_order(spec: &ExportSpec<'_>) -> usize {
    const FORMATTING: [&str; 6] = ["tracing", "log", "otlp", "chrome", "report", "flight"];
    let mut formatting = FORMATTING.iter();
    let index = formatting.position(|name| *name == spec.name);
    index.unwrap_or(FORMATTING.len())
}

/// An export, and the exporter that it describes.
type PlannedExport<'t> = (ExportSpec<'t>, ExporterPlan);

fn parse_exports(list: &str) -> Result<Vec<PlannedExport<'_>>, ExportError> {
    let specs = ExportSpec::parse_list(list)
        .map_err(|(part, SpecError(why))| ExportError::new(EXPORT, part, why))?;
    let invalid = |spec: &ExportSpec<'_>, SpecError(why)| ExportError::new(EXPORT, spec.text, why);
    // All names first: in `chrome=a,b.json` the comma is the mistake, not the path `a`.
    let parses = specs
        .iter()
        .map(|spec| find_exporter(spec).map_err(|error| invalid(spec, error)));
    let parses = parses.collect::<Result<Vec<_>, _>>()?;
    let plans = specs.into_iter().zip(parses).map(|(mut spec, parse)| {
        let plan = parse(&mut spec).map_err(|error| invalid(&spec, error))?;
        Ok((spec, plan))
    });
    plans.collect()
}

/// Checks that no two exporters write to the same output. The last one would replace the file of
/// the others; a logger or stderr would receive everything twice.
fn check_outputs_differ(plans: &[PlannedExport<'_>]) -> Result<(), ExportError> {
    let mut known: Vec<(PathBuf, &str)> = Vec::new();
    for (spec, plan) in plans {
        let (what, output) = match &plan.output {
            // A stream's contents are not replaced.
            PlannedOutput::File(path) if stream::is_stream(path) => continue,
            PlannedOutput::File(path) => ("file", atomic_file::identity(path)),
            // The system reports an address that is taken.
            PlannedOutput::Address => continue,
            // A name never equals the identity of a file, which includes its directory.
            PlannedOutput::Shared => ("output", spec.name.into()),
        };
        if let Some((_, other)) = known.iter().find(|(known, _)| *known == output) {
            let why = format!("`{other}` writes to the same {what}");
            return Err(ExportError::new(EXPORT, spec.text, why));
        }
        known.push((output, spec.text));
    }
    Ok(())
}

fn parse_filter(kinds: &str) -> Result<KindFilter, ExportError> {
    let list = kinds.trim();
    if list.is_empty() {
        return Ok(KindFilter::all());
    }
    KindFilter::new(list).map_err(|error| {
        let why = error.to_string();
        invalid_pattern(KINDS, list, error.name(), why)
    })
}

/// Returns the error for `pattern` in `list`. An empty pattern shows the list.
fn invalid_pattern(variable: &'static str, list: &str, pattern: &str, why: String) -> ExportError {
    let part = if pattern.is_empty() { list } else { pattern };
    ExportError::new(variable, part, why)
}

/// Parses a list of names; `None` if it is empty.
fn parse_names(variable: &'static str, list: &str) -> Result<Option<NameFilter>, ExportError> {
    let list = list.trim();
    if list.is_empty() {
        return Ok(None);
    }
    let filter = NameFilter::new(list);
    filter.map(Some).map_err(|error| {
        let why = error.to_string();
        invalid_pattern(variable, list, error.pattern(), why)
    })
}

fn find_exporter(spec: &ExportSpec<'_>) -> Result<Parse, SpecError> {
    let Some(known) = KNOWN_EXPORTERS.iter().find(|known| known.name == spec.name) else {
        let names = KNOWN_EXPORTERS.iter().map(|known| known.name);
        let suggestion = if spec.name.contains(['.', '/']) {
            // The name was probably separated from the rest by a comma in a path.
            "; a file name with a comma needs quotes, as in `chrome=\"a,b.json\"`".to_owned()
        } else {
            did_you_mean(spec.name, names)
        };
        let usages = usages();
        return Err(SpecError(format!(
            "unknown exporter; expected one of {usages}{suggestion}"
        )));
    };
    known.parse.ok_or_else(|| {
        let name = known.name;
        SpecError(format!(
            "this program was built without `{name}`; enable the feature `{name}` of event-export"
        ))
    })
}

/// The usages of the exporters that this program was built with.
fn usages() -> String {
    let built = KNOWN_EXPORTERS.iter().filter(|known| known.parse.is_some());
    let usages = built.map(|known| format!("`{}`", known.usage));
    usages.collect::<Vec<_>>().join(", ")
}

/// The exporters that [`from_env`] installed. They write the remaining events when this is dropped,
/// or when the process exits by a return from `main` or [`std::process::exit`].
#[derive(Default)]
#[must_use = "dropping this ends the exports; keep it in a variable such as `_exports`"]
pub struct Exports(Option<RunningExporters>);

impl Exports {
    /// Returns whether no exporter was installed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns how many exporters there are.
    #[must_use]
    pub fn len(&self) -> usize {
        let running = self.0.as_ref();
        let len = running.and_then(|running| running.with(Vec::len).ok());
        len.unwrap_or(0)
    }

    /// Writes all events received so far; see [`Exporter::flush`].
    ///
    /// # Errors
    ///
    /// Returns the first error, after all exporters have been flushed. In a forked process it
    /// always returns an error.
    pub fn flush(&self) -> io::Result<()> {
        let Some(running) = &self.0 else {
            return Ok(());
        };
        running.with(|exporters| {
            let flushed = exporters.iter().map(|exporter| exporter.flush());
            flushed.fold(Ok(()), Result::and)
        })?
    }
}

impl fmt::Debug for Exports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exports")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}
