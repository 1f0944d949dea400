//! The earlier run that `summary;before=OLD.json` compares with, and the file of its regressions.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use serde_json::{Value, json};

use super::comparison::SummaryRegression;
use super::measures::{Measures, Run, VERSION};
use super::table::SummaryTable;
use super::terminal;
use crate::io::output_file::OutputFile;
use crate::io::warn::note;
use crate::spec::SpecError;

/// The most functions that the line on stderr names.
const MAX_NAMED: usize = 3;

/// An earlier run.
#[derive(Debug)]
pub(super) struct Baseline {
    run: Run,
    /// Its file, for messages.
    name: String,
    limit: Option<Limit>,
}

/// By how much a function may be slower, and the file that is written if one is.
#[derive(Debug)]
pub(super) struct Limit {
    percent: f64,
    regressions: OutputFile,
}

impl Limit {
    /// Prepares the file of regressions, `calls.regressions.json` for `calls.json`. Removes that of
    /// an earlier run.
    ///
    /// # Errors
    ///
    /// Returns the system's error if the file cannot be written.
    pub(super) fn new(percent: f64, summary: &Path) -> io::Result<Self> {
        let path = summary.with_extension("regressions.json");
        let regressions = OutputFile::new(&path)?;
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(Self {
                percent,
                regressions,
            }),
        }
    }
}

impl Baseline {
    /// Reads the earlier run from its file. If that is impossible, prints why, and returns none.
    pub(super) fn read(name: &str) -> Option<Self> {
        let text = fs::read_to_string(name).map_err(|error| error.to_string());
        let run = text
            .and_then(|text| Run::from_json(&text))
            .inspect_err(|why| {
                note(format_args!("cannot compare with `{name}`: {why}"));
            });
        Some(Self {
            run: run.ok()?,
            name: name.to_owned(),
            limit: None,
        })
    }

    pub(super) fn with_limit(self, limit: Option<Limit>) -> Self {
        Self { limit, ..self }
    }

    /// Prints the comparison with `table`. Writes the file of regressions, if there are any.
    ///
    /// # Errors
    ///
    /// Returns the error of the file; stderr may be closed.
    pub(super) fn compare(&self, table: &SummaryTable) -> io::Result<()> {
        let comparison = table.compared_with_run(self.run.clone());
        let name = &self.name;
        if comparison.is_of_other_functions() {
            note(format_args!(
                "cannot compare with `{name}`: no function of it was called in this run"
            ));
            return Ok(());
        }
        let text = comparison.text(terminal::width(), terminal::has_colours());
        let _ = io::stderr().write_all(text.as_bytes());
        let Some(Limit {
            percent,
            regressions: output,
        }) = &self.limit
        else {
            return Ok(());
        };
        let regressions = comparison.regressions(percent / 100.0);
        if regressions.is_empty() {
            note(format_args!(
                "no function is more than {percent}% slower than in `{name}`"
            ));
            return Ok(());
        }
        let list = named(&regressions);
        let path = output.path().display();
        let (functions, are) = match regressions.len() {
            1 => ("1 function".to_owned(), "is"),
            count => (format!("{count} functions"), "are"),
        };
        note(format_args!(
            "{functions} {are} more than {percent}% slower than in `{name}`, by the median: {list}; see `{path}`"
        ));
        let json = self.regressions_json(*percent, &regressions);
        output.write(|file| writeln!(file, "{json:#}"))
    }

    fn regressions_json(&self, percent: f64, regressions: &[SummaryRegression]) -> Value {
        let measures = |measures: &Measures| {
            json!({
                "calls": measures.calls,
                "total_ns": measures.total,
                "mean_ns": measures.mean.nanos,
                "p50_ns": measures.p50.nanos,
                "p99_ns": measures.p99.nanos,
            })
        };
        let regressions = regressions.iter().map(|regression| {
            json!({
                "kind": regression.kind(),
                "function": regression.function(),
                "module": regression.key.module,
                "change": (regression.change() * 1e4).round() / 1e4,
                "before": measures(&regression.before),
                "now": measures(&regression.now),
            })
        });
        json!({
            "version": VERSION,
            "before": self.name,
            "limit_percent": percent,
            "regressions": regressions.collect::<Vec<_>>(),
        })
    }
}

/// Returns the first regressions, for a line of text.
fn named(regressions: &[SummaryRegression]) -> String {
    let first = regressions.iter().take(MAX_NAMED).map(|regression| {
        let (kind, function) = (regression.kind(), regression.function());
        let percent = regression.change() * 100.0;
        format!("`{function}` [{kind}] {percent:+.0}%")
    });
    let mut list = first.collect::<Vec<_>>().join(", ");
    if let Some(more @ 1..) = regressions.len().checked_sub(MAX_NAMED) {
        let _ = write!(list, ", and {more} more"); // a `String` accepts all
    }
    list
}

/// Parses the value of the option `fail`, such as `+10%`. Returns the number of percent.
pub(super) fn parse_percent(text: &str) -> Result<f64, SpecError> {
    let number = text
        .strip_suffix('%')
        .map(|text| text.strip_prefix('+').unwrap_or(text));
    let percent = number.and_then(|number| number.trim().parse().ok());
    let is_valid = |percent: &f64| percent.is_finite() && *percent > 0.0;
    percent.filter(is_valid).ok_or_else(|| {
        SpecError(format!(
            "the option `fail` is a percentage such as `+10%`, not `{text}`"
        ))
    })
}
