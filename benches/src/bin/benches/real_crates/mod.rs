//! Real crates, with an attribute on every function: the instructions of a call in a workload.
//!
//! The sources come from crates.io. A copy of each crate is annotated, and a program calls it. The
//! program runs twice under callgrind, the second time with twice the rounds, so that only the
//! rounds count. A function that does not compile with one of the attributes is left out in all
//! copies.

mod annotate;
mod copies;

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

use crate::callgrind;
use crate::programs;
use annotate::Position;

/// A published crate.
struct Published {
    name: &'static str,
    version: &'static str,
}

const PUBLISHED: [Published; 4] = [
    Published {
        name: "serde_json",
        version: "1.0.154",
    },
    Published {
        name: "url",
        version: "2.5.8",
    },
    Published {
        name: "textwrap",
        version: "0.16.2",
    },
    Published {
        name: "csv",
        version: "1.4.0",
    },
];

/// How the functions of a copy are annotated.
#[derive(Clone, Copy)]
struct Variant {
    name: &'static str,
    /// Empty for the baseline.
    attribute: &'static str,
    /// The library of the attribute, for `Cargo.toml`.
    dependency: &'static str,
}

const BARE: Variant = Variant {
    name: "bare",
    attribute: "",
    dependency: "",
};

const OURS: Variant = Variant {
    name: "ours",
    attribute: "#[::event_core::trigger_event(\"bench:work\")]",
    dependency: concat!(
        "[dependencies.event-core]\npath = \"",
        env!("CARGO_MANIFEST_DIR"),
        "/../event-core\"\n"
    ),
};

const TRACING: Variant = Variant {
    name: "tracing",
    attribute: "#[::tracing::instrument(skip_all)]",
    dependency: "[dependencies.tracing]\nversion = \"0.1.44\"\n",
};

/// The rows: a variant, the listener that the program installs, and the text of the row.
const ROWS: [(Variant, &str, &str); 9] = [
    (OURS, "none", "**ours: no listener**"),
    (TRACING, "none", "tracing `skip_all`, no subscriber"),
    (
        OURS,
        "idle-start",
        "**ours: an idle listener that reads data at STARTs, all arguments captured**",
    ),
    (
        OURS,
        "idle",
        "ours: an idle listener that may read data at ENDs, too",
    ),
    (
        TRACING,
        "registry",
        "tracing `skip_all`, a `Registry` with an idle layer",
    ),
    (OURS, "recorder", "ours: `RecordingListener`"),
    (OURS, "summary", "ours: `Summary`"),
    (OURS, "flame", "ours: `FlameGraph`"),
    (OURS, "chrome", "ours: `ChromeTrace`, to a sink"),
];

/// The costs of one crate's workload.
struct Costs {
    published: &'static Published,
    /// The number of annotated functions, and of those that were left out.
    functions: [usize; 2],
    /// The calls of one round.
    calls: f64,
    /// The instructions of one round of the bare crate.
    bare: f64,
    /// The instructions of a call above the bare crate, for each row.
    rows: Vec<f64>,
}

/// Measures each crate and prints the table.
pub(crate) fn print() -> io::Result<()> {
    if !callgrind::is_installed() {
        return Err(io::Error::other(callgrind::MISSING));
    }
    let root = std::env::temp_dir().join("benches-crates");
    let sources = copies::download(&root)?;
    let mut measured = Vec::new();
    for published in &PUBLISHED {
        eprintln!("{} {}", published.name, published.version);
        measured.push(measure(&root, &sources, published)?);
    }
    print_table(&measured);
    Ok(())
}

fn measure(root: &Path, sources: &Path, published: &'static Published) -> io::Result<Costs> {
    let mut left_out = BTreeSet::new();
    for variant in [OURS, TRACING] {
        leave_out_failures(root, sources, published, variant, &mut left_out)?;
    }
    let mut functions = 0;
    for variant in [BARE, OURS, TRACING] {
        functions = copies::write(root, sources, published, variant, &left_out)?;
        copies::build(root, published, variant)?;
    }
    let calls = count_calls(root, published)?;
    let bare = round(root, published, BARE, "none")?;
    let row = |(variant, listener, _): &(Variant, &str, &str)| {
        Ok((round(root, published, *variant, listener)? - bare) / calls)
    };
    Ok(Costs {
        published,
        functions: [functions, left_out.len()],
        calls,
        bare,
        rows: ROWS.iter().map(row).collect::<io::Result<_>>()?,
    })
}

/// Adds the functions that do not compile with the attribute of `variant` to `left_out`.
fn leave_out_failures(
    root: &Path,
    sources: &Path,
    published: &Published,
    variant: Variant,
    left_out: &mut BTreeSet<Position>,
) -> io::Result<()> {
    /// The compiler reports some errors only when others are gone.
    const ATTEMPTS: u32 = 8;
    for _ in 0..ATTEMPTS {
        copies::write(root, sources, published, variant, left_out)?;
        let failed = copies::failures(root, published, variant)?;
        if failed.is_empty() {
            return Ok(());
        }
        left_out.extend(failed);
    }
    Err(io::Error::other(format!(
        "{} does not compile with the attribute of {}",
        published.name, variant.name
    )))
}

/// Returns the number of annotated calls in one round.
fn count_calls(root: &Path, published: &Published) -> io::Result<f64> {
    let mut program = Command::new(copies::program(root, published, OURS));
    let printed = programs::output(program.args(["count", "1"]))?;
    let calls = printed.trim().parse();
    calls.map_err(|_| io::Error::other(format!("the program printed {printed:?}, not a number")))
}

/// Returns the instructions of one round under `listener`.
fn round(root: &Path, published: &Published, variant: Variant, listener: &str) -> io::Result<f64> {
    let instructions = |rounds: u64| {
        let file = root.join("report.callgrind");
        let mut out = std::ffi::OsString::from("--callgrind-out-file=");
        out.push(&file);
        let mut valgrind = Command::new("valgrind");
        valgrind.args(["--tool=callgrind", "--toggle-collect=measured_rounds"]);
        valgrind.arg(out);
        valgrind.arg(copies::program(root, published, variant));
        programs::output(valgrind.args([listener, &rounds.to_string()]))?;
        callgrind::total(&fs::read_to_string(file)?)
    };
    let (one, two) = (instructions(1)?, instructions(2)?);
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let round = two.saturating_sub(one) as f64;
    Ok(round)
}

fn print_table(measured: &[Costs]) {
    print!("\n| instructions of a call, above the bare crate |");
    for costs in measured {
        print!(" {} {} |", costs.published.name, costs.published.version);
    }
    println!("\n| --- |{}", " ---: |".repeat(measured.len()));
    print_row("annotated functions · left out", measured, |costs| {
        let [all, left_out] = costs.functions;
        format!("{all} · {left_out}")
    });
    print_row("calls in a round", measured, |costs| {
        format!("{:.0}", costs.calls)
    });
    for (index, (_, listener, label)) in ROWS.iter().enumerate() {
        print_row(label, measured, |costs| {
            let above = costs.rows[index];
            if *listener == "none" {
                let percent = above * costs.calls / costs.bare * 100.0;
                format!("{above:.1} ({percent:+.0} %)")
            } else {
                format!("{above:.0}")
            }
        });
    }
}

fn print_row(label: &str, measured: &[Costs], cell: impl Fn(&Costs) -> String) {
    print!("| {label} |");
    for costs in measured {
        print!(" {} |", cell(costs));
    }
    println!();
}
