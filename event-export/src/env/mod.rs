//! Exports as the environment asks for them.

use std::fmt;
use std::io;
use std::path::PathBuf;

use event_core::{Installed, KindFilter, install_listener};

use crate::error::ExportError;
use crate::exporter::Exporter;
use crate::io::atomic_file;
use crate::io::warn;
use crate::spec::{Part, Plan, Wrong};

mod shutdown;

use shutdown::Running;

const EXPORT: &str = "EVENT_EXPORT";
const KINDS: &str = "EVENT_KINDS";

/// What `EVENT_EXPORT` may name.
struct Entry {
    name: &'static str,
    /// How it is written.
    usage: &'static str,
    /// None where the feature of the same name is off.
    understand: Option<Understand>,
}

type Understand = fn(&mut Part<'_>) -> Result<Plan, Wrong>;

macro_rules! entries {
    ($($name:literal, $usage:literal, $understand:path;)*) => {
        &[$(Entry {
            name: $name,
            usage: $usage,
            #[cfg(feature = $name)]
            understand: Some($understand),
            #[cfg(not(feature = $name))]
            understand: None,
        }),*]
    };
}

const ENTRIES: &[Entry] = entries! {
    "summary", "summary[=live|FILE.json|FILE.csv|FILE.txt]", crate::summary::from_part;
    "chrome", "chrome=FILE.json", crate::chrome::from_part;
    "flame", "flame=FILE.svg|FILE.folded", crate::flame::from_part;
    "report", "report=FILE.html", crate::report::from_part;
    "tracing", "tracing", crate::tracing::spans::from_part;
    "log", "log", crate::log::from_part;
};

/// Installs what the environment variable `EVENT_EXPORT` names, for the kinds in `EVENT_KINDS`.
///
/// `EVENT_EXPORT` is a list of exporters with commas between them, each with what it writes to and options of its
/// own: `summary,chrome=trace.json,flame=flame.svg;by=count`. `EVENT_KINDS` is a list of kinds and patterns,
/// `app:*,numba:*`; every kind, where it is not set. Where `EVENT_EXPORT` is not set, or empty, nothing is
/// installed and nothing costs anything.
///
/// `%p` in a file's name is the process's number: processes that are started by one another inherit the variable. Without
/// it a trace is the process's that opened it first, and any other file the process's that ends last.
///
/// A file that cannot be opened to write to is reported once on stderr, and the program goes on without it. One to compare
/// with that cannot be read, as in `flame=flame.svg;before=before.folded`, is an error: there would be no difference to draw.
///
/// # Errors
///
/// Returns an [`ExportError`] that names the part that makes no sense and says what is possible.
///
/// # Examples
///
/// ```
/// let exports = event_export::from_env()?;
/// assert!(exports.is_empty()); // as nothing is set here
/// # Ok::<(), event_export::ExportError>(())
/// ```
pub fn from_env() -> Result<Exports, ExportError> {
    let Some(exports) = variable(EXPORT)?.filter(|exports| !exports.trim().is_empty()) else {
        return Ok(Exports::default());
    };
    let kinds = variable(KINDS)?;
    from_text(&exports, &kinds.unwrap_or_default())
}

fn variable(name: &'static str) -> Result<Option<String>, ExportError> {
    let Some(value) = std::env::var_os(name) else {
        return Ok(None);
    };
    value
        .into_string()
        .map(Some)
        .map_err(|value| ExportError::new(name, &value.to_string_lossy(), "it is not valid UTF-8"))
}

/// [`from_env`] for texts from somewhere else: a command line, a settings file. Where `kinds` names none, it is every
/// kind.
///
/// # Errors
///
/// Returns an [`ExportError`] that names the part that makes no sense and says what is possible.
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
pub fn from_text(exports: &str, kinds: &str) -> Result<Exports, ExportError> {
    let kinds = filter(kinds)?;
    // All are understood before the first is begun: where one makes no sense, what earlier runs wrote stays.
    let plans = parts(exports).map(|text| Ok((text, understand(text)?)));
    let plans = plans.collect::<Result<Vec<_>, ExportError>>()?;
    check_twice(&plans)?;
    let made = plans.into_iter().filter_map(|(text, plan)| {
        let path = plan.path.unwrap_or_default();
        (plan.make)()
            .inspect_err(|error| {
                let path = path.display();
                warn::say(format_args!("cannot write `{path}` for `{text}`: {error}"));
            })
            .ok()
    });
    let installed = made.map(|exporter| install_listener(kinds.clone(), exporter));
    Ok(Exports(shutdown::watch(installed.collect())))
}

fn parts(list: &str) -> impl Iterator<Item = &str> {
    list.split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
}

/// Checks that no two parts write to one place: of a file the last would leave nothing of the others, and elsewhere all
/// would be there twice.
fn check_twice(plans: &[(&str, Plan)]) -> Result<(), ExportError> {
    let mut known: Vec<(PathBuf, &str)> = Vec::new();
    for (text, plan) in plans {
        let place = match &plan.path {
            Some(path) => atomic_file::identity(path),
            // Which no file's identity is, as that begins with a directory.
            None => Part::new(text).name.into(),
        };
        if place.starts_with("/dev") {
            continue; // what is written there is not replaced
        }
        if let Some((_, other)) = known.iter().find(|(known, _)| *known == place) {
            let what = plan.path.as_ref().map_or("place", |_| "file");
            let why = format!("`{other}` writes to the same {what}");
            return Err(ExportError::new(EXPORT, text, why));
        }
        known.push((place, text));
    }
    Ok(())
}

fn filter(kinds: &str) -> Result<KindFilter, ExportError> {
    let filters = parts(kinds).map(|text| {
        KindFilter::new(text).map_err(|error| ExportError::new(KINDS, text, error.to_string()))
    });
    let filters = filters.collect::<Result<Vec<_>, _>>()?;
    if filters.is_empty() {
        return Ok(KindFilter::all());
    }
    Ok(KindFilter::any_of(filters))
}

fn understand(text: &str) -> Result<Plan, ExportError> {
    let mut part = Part::new(text);
    let wrong = |why: String| ExportError::new(EXPORT, text, why);
    let Some(entry) = ENTRIES.iter().find(|entry| entry.name == part.name) else {
        return Err(wrong(format!(
            "there is no such exporter; there are {}",
            possible()
        )));
    };
    let Some(understand) = entry.understand else {
        let name = entry.name;
        return Err(wrong(format!(
            "this program was built without it; the feature `{name}` of event-export adds it"
        )));
    };
    understand(&mut part).map_err(|Wrong(why)| wrong(why))
}

/// What can be named here.
fn possible() -> String {
    let built = ENTRIES.iter().filter(|entry| entry.understand.is_some());
    let built = built.map(|entry| format!("`{}`", entry.usage));
    built.collect::<Vec<_>>().join(", ")
}

/// What [`from_env`] has installed; what they have left to write they write when this is dropped, or when the
/// process ends by a return from `main` or by [`std::process::exit`].
#[derive(Default)]
#[must_use = "the exports end when this is dropped, which is at once"]
pub struct Exports(Option<Running>);

impl Exports {
    /// Says whether nothing was asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns how many exporters there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |running| running.each(Vec::len))
    }

    /// Writes out all that has been heard so far; see [`Exporter::flush`].
    ///
    /// # Errors
    ///
    /// Returns the first error, when all have been flushed.
    pub fn flush(&self) -> io::Result<()> {
        let Some(running) = &self.0 else {
            return Ok(());
        };
        running.each(|installed| {
            let flushed = installed.iter().map(|exporter| exporter.flush());
            flushed.fold(Ok(()), Result::and)
        })
    }
}

impl fmt::Debug for Exports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exports")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

pub(crate) type Exporters = Vec<Installed<Box<dyn Exporter>>>;
