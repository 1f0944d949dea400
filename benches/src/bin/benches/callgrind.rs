//! Instruction counts, by valgrind's callgrind.
//!
//! Only what the first thread does in `Scenario::run` counts: a constructor of a peer's calibrates
//! its clock at the start of every process, which takes as long as it takes. A scenario runs twice,
//! once with twice the calls, and the difference has neither the first call nor the last.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};

use scenarios::Scenario;

use crate::programs;

/// How many calls the difference of the two runs has: what grows by doubling has then doubled
/// exactly once, and a peer's batch is whole.
pub(crate) const CALLS: u64 = 4096;

/// What to do where valgrind is missing.
pub(crate) const MISSING: &str = "valgrind is not installed: `apt-get install valgrind`, or your \
     system's package of that name";

/// Says whether valgrind is installed.
pub(crate) fn is_installed() -> bool {
    Command::new("valgrind").arg("--version").output().is_ok()
}

/// Returns how many instructions a call of `scenario` takes.
pub(crate) fn per_call(scenario: &Scenario) -> io::Result<f64> {
    let few = total(&report(scenario.name, CALLS)?)?;
    let many = total(&report(scenario.name, 2 * CALLS)?)?;
    let more = many.checked_sub(few).filter(|more| *more > 0);
    let more = more.ok_or_else(|| io::Error::other("callgrind did not see the calls"))?;
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    Ok(more as f64 / CALLS as f64)
}

/// Returns callgrind's report on the first thread of a run.
pub(crate) fn report(scenario: &str, calls: u64) -> io::Result<String> {
    // Relaxed: only the numbers must differ.
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
    let ran = programs::output(valgrind.args([scenario, &calls.to_string()]));
    let report = ran.and_then(|_| fs::read_to_string(of_thread(&file, "-01")));
    for thread in 1..10 {
        let _ = fs::remove_file(of_thread(&file, &format!("-{thread:02}")));
    }
    let _ = fs::remove_file(file);
    report
}

fn of_thread(file: &std::path::Path, thread: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(thread);
    name.into()
}

fn total(report: &str) -> io::Result<u64> {
    let total = report.lines().find_map(|line| {
        let total = line.strip_prefix("totals: ")?;
        total.trim().parse().ok()
    });
    total.ok_or_else(|| io::Error::other("callgrind's report has no total"))
}
