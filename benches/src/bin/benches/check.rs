//! The check of CI: no call may cost more than the committed table says.
//!
//! The table is `expected.tsv`: name, instructions, allocations and tolerance of each scenario.
//! `renew` writes it.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use scenarios::{Group, Scenario};

use crate::measure::{Row, count};
use crate::{callgrind, programs};

/// Number of instructions that a row may cost more than expected, if its counts repeat.
const TOLERANCE: f64 = 3.0;

/// Number of allocations per call that a row may make more than expected: buffers grow.
const ALLOCATIONS: f64 = 0.05;

/// The first line of the table, before the version of the compiler.
const HEADER: &str = "# measured with ";

/// Fails if a row costs more than expected.
pub(crate) fn run() -> ExitCode {
    if !callgrind::is_installed() {
        println!("skipped: {}", callgrind::MISSING);
        return ExitCode::SUCCESS;
    }
    match check() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => {
            println!(
                "if this is intended: cargo run --release -p benches --no-default-features -- renew"
            );
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Measures all rows twice and writes the table.
///
/// A row whose instructions differ between the two runs gets a larger tolerance.
pub(crate) fn renew() -> io::Result<()> {
    let [first, second] = [count(is_checked)?, count(is_checked)?];
    let mut table = format!("{HEADER}{}\n", compiler()?);
    for (one, other) in first.iter().zip(&second) {
        let variation = (one.instructions - other.instructions).abs();
        let _ = writeln!(
            table,
            "{}\t{:.0}\t{:.2}\t{:.0}",
            one.scenario.name,
            one.instructions.max(other.instructions),
            one.allocations,
            TOLERANCE + 3.0 * variation
        );
    }
    fs::write(path(), table)
}

fn is_checked(scenario: &Scenario) -> bool {
    scenario.is_ours() && scenario.group != Group::Bare
}

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("expected.tsv")
}

fn compiler() -> io::Result<String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = programs::output(Command::new(rustc).arg("--version"))?;
    // Without the hash and the date.
    let mut words = version.split_whitespace().take(2);
    Ok(format!(
        "{} {}",
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default()
    ))
}

fn check() -> io::Result<bool> {
    let table = fs::read_to_string(path())?;
    let mut lines = table.lines();
    let measured_with = lines.next().and_then(|line| line.strip_prefix(HEADER));
    let compiler = compiler()?;
    if measured_with != Some(compiler.as_str()) {
        println!(
            "skipped: the table was measured with {}, this is {compiler}",
            measured_with.unwrap_or("an unknown compiler")
        );
        return Ok(true);
    }
    let expected: Vec<Expected<'_>> = lines.map(Expected::parse).collect::<io::Result<_>>()?;
    let rows = count(|scenario| expected.iter().any(|it| it.name == scenario.name))?;
    if let Some(missing) = expected.iter().find(|it| it.row(&rows).is_none()) {
        let text = format!("expected.tsv: there is no scenario `{}`", missing.name);
        return Err(io::Error::other(text));
    }
    // Every row is printed, also after a failure.
    let failed = expected.iter().filter(|it| !it.is_met(&rows)).count();
    println!("{} rows, {failed} above the expected cost", rows.len());
    Ok(failed == 0)
}

/// One line of the table.
struct Expected<'a> {
    name: &'a str,
    instructions: f64,
    allocations: f64,
    tolerance: f64,
}

impl<'a> Expected<'a> {
    fn parse(line: &'a str) -> io::Result<Self> {
        let mut fields = line.split('\t');
        let name = fields.next().unwrap_or_default();
        let mut number = || fields.next().and_then(|field| field.parse().ok());
        match (number(), number(), number()) {
            (Some(instructions), Some(allocations), Some(tolerance)) => Ok(Self {
                name,
                instructions,
                allocations,
                tolerance,
            }),
            _ => Err(io::Error::other(format!(
                "expected.tsv: expected a name and three numbers, found `{line}`"
            ))),
        }
    }

    fn row<'r>(&self, rows: &'r [Row]) -> Option<&'r Row> {
        rows.iter().find(|row| row.scenario.name == self.name)
    }

    /// Returns the highest allowed number of instructions. A target that was met stays met.
    fn limit(&self, scenario: &Scenario) -> f64 {
        let limit = self.instructions + self.tolerance;
        #[expect(clippy::cast_precision_loss, reason = "a few hundred")]
        let target = scenario.target.map(|target| target as f64 + 0.01);
        target
            .filter(|target| self.instructions <= *target)
            .map_or(limit, |target| limit.min(target))
    }

    /// Prints the row, and returns whether it costs at most what is expected.
    fn is_met(&self, rows: &[Row]) -> bool {
        let Some(row) = self.row(rows) else {
            return false;
        };
        let is_met = row.instructions <= self.limit(row.scenario)
            && row.allocations <= self.allocations + ALLOCATIONS;
        println!(
            "{:24} {:+.0} instructions (expected {:+.0}), {:.2} allocations (expected {:.2}){}",
            self.name,
            row.instructions,
            self.instructions,
            row.allocations,
            self.allocations,
            if is_met { "" } else { ": TOO MANY" }
        );
        is_met
    }
}
