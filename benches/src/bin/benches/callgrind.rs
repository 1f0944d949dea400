//! Instruction counts, by valgrind's callgrind.
//!
//! Only instructions of the first thread inside `Scenario::run` are counted. Start-up is left out,
//! because one peer calibrates its clock there, which takes a varying number of instructions. A
//! scenario runs twice, the second time with twice the calls. The difference of the two counts
//! excludes the work at the start and end of a run.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};

use scenarios::Scenario;

use crate::programs;

/// Number of calls in the difference of the two runs.
///
/// Between `CALLS` and `2 * CALLS`, a buffer that grows by doubling has grown exactly once. `CALLS`
/// is also the size of a peer's batch.
pub(crate) const CALLS: u64 = 4096;

/// The message to print if valgrind is missing.
pub(crate) const MISSING: &str = "valgrind is not installed; run `apt-get install valgrind`, or \
     install your system's package of that name";

/// Returns whether valgrind is installed.
pub(crate) fn is_installed() -> bool {
    Command::new("valgrind").arg("--version").output().is_ok()
}

/// Returns the number of instructions of one call of `scenario`.
pub(crate) fn per_call(scenario: &Scenario) -> io::Result<f64> {
    let few = total(&report(scenario.name, CALLS)?)?;
    let many = total(&report(scenario.name, 2 * CALLS)?)?;
    let difference = many.checked_sub(few).filter(|more| *more > 0);
    let difference =
        difference.ok_or_else(|| io::Error::other("callgrind counted no calls of the scenario"))?;
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    Ok(difference as f64 / CALLS as f64)
}

/// Runs `scenario` under callgrind and returns the report on its first thread.
pub(crate) fn report(scenario: &str, calls: u64) -> io::Result<String> {
    // Relaxed: the counter only makes file names unique.
    static REPORTS: AtomicU64 = AtomicU64::new(0);
    let number = REPORTS.fetch_add(1, Ordering::Relaxed);
    let file = format!("benches-{}-{number}.callgrind", std::process::id());
    let file = std::env::temp_dir().join(file);
    let mut out = std::ffi::OsString::from("--callgrind-out-file=");
    out.push(&file);
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--separate-threads=yes"]);
    valgrind.arg("--toggle-collect=*scenario::Scenario*::run");
    valgrind.arg(out).arg(programs::path("scenario")?);
    let output = programs::output(valgrind.args([scenario, &calls.to_string()]));
    let report = output.and_then(|_| fs::read_to_string(thread_file(&file, "-01")));
    for thread in 1..10 {
        let _ = fs::remove_file(thread_file(&file, &format!("-{thread:02}")));
    }
    let _ = fs::remove_file(file);
    report
}

fn thread_file(file: &std::path::Path, thread: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(thread);
    name.into()
}

/// Returns the number of instructions of a report.
pub(crate) fn total(report: &str) -> io::Result<u64> {
    let total = report.lines().find_map(|line| {
        let total = line.strip_prefix("totals: ")?;
        total.trim().parse().ok()
    });
    total.ok_or_else(|| io::Error::other("callgrind's report has no `totals:` line"))
}
