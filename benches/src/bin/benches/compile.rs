//! The compile cost of an annotated function: CPU time, machine code and lines of LLVM IR.
//!
//! Each figure is the cost of a crate with many annotated functions, minus the cost of the same
//! crate without annotations, divided by the number of functions. Dependencies are built
//! beforehand.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::generated::{BARE, SHAPES, Shape, VARIANTS, Variant, name, write_all, write_source};
use crate::programs;

/// Number of times that a crate is compiled. The shortest time counts.
const ROUNDS: u32 = 2;

/// Length of the kernel's clock tick.
const TICK_MS: f64 = 10.0;

/// The cost of a whole crate.
#[derive(Clone, Copy)]
struct Cost {
    check_ms: f64,
    release_ms: f64,
    text: f64,
    lines: f64,
}

/// Compiles the generated crates and prints a table for each shape, or only the rows of one
/// variant.
pub(crate) fn print(only: Option<&str>) -> io::Result<()> {
    let root = std::env::temp_dir().join("benches-compile");
    write_all(&root)?;
    let wanted = |variant: &Variant| only.is_none_or(|only| variant.name == only);
    for shape in SHAPES {
        println!(
            "\n| {}: above the bare function | check, CPU ms | release, CPU ms | .text bytes | LLVM lines |",
            shape.label()
        );
        println!("| --- | ---: | ---: | ---: | ---: |");
        let bare = cost(&root, BARE, shape)?;
        for variant in VARIANTS.into_iter().filter(wanted) {
            let Cost {
                check_ms,
                release_ms,
                text,
                lines,
            } = above(cost(&root, variant, shape)?, bare, shape);
            let label = variant.label;
            println!("| {label} | {check_ms:.2} | {release_ms:.1} | {text:.0} | {lines:.0} |");
        }
    }
    Ok(())
}

/// Builds the dependencies of each variant from scratch, and prints their number and the build
/// time.
pub(crate) fn print_clean() -> io::Result<()> {
    let root = std::env::temp_dir().join("benches-compile");
    write_all(&root)?;
    println!("\n| a clean release build of the library | crates | CPU s | elapsed s |");
    println!("| --- | ---: | ---: | ---: |");
    for variant in VARIANTS.into_iter().filter(Variant::has_dependency) {
        let package = name(variant, Shape::Function);
        fs::write(root.join(&package).join("src/lib.rs"), "")?;
        let target = root.join("clean");
        let _ = fs::remove_dir_all(&target);
        let start = Instant::now();
        let cpu_ms = run_in(&root, &target, &package, &["build", "--release"], &[])?;
        let elapsed = start.elapsed().as_secs_f64();
        let crates = crates(&root, &package)?;
        let label = variant.label;
        println!(
            "| {label} | {crates} | {:.1} | {elapsed:.1} |",
            cpu_ms / 1000.0
        );
    }
    Ok(())
}

/// Returns the number of direct and indirect dependencies of `package`.
fn crates(root: &Path, package: &str) -> io::Result<usize> {
    let mut tree = Command::new(cargo());
    tree.args(["tree", "--package", package, "--prefix", "none"]);
    tree.args(["--edges", "normal,build", "--format", "{p}"]);
    let tree = programs::output(tree.current_dir(root))?;
    let mut lines: Vec<&str> = tree
        .lines()
        .map(|line| line.trim_end_matches(" (*)"))
        .collect();
    lines.sort_unstable();
    lines.dedup();
    Ok(lines.len().saturating_sub(1)) // without `package` itself
}

fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

fn above(cost: Cost, bare: Cost, shape: Shape) -> Cost {
    let each = |cost: f64, bare: f64| (cost - bare) / f64::from(shape.functions());
    Cost {
        check_ms: each(cost.check_ms, bare.check_ms),
        release_ms: each(cost.release_ms, bare.release_ms),
        text: each(cost.text, bare.text),
        lines: each(cost.lines, bare.lines),
    }
}

fn cost(root: &Path, variant: Variant, shape: Shape) -> io::Result<Cost> {
    let package = name(variant, shape);
    let check = ["check"].as_slice();
    let build = ["build", "--release"].as_slice();
    // Builds the dependencies.
    run(root, &package, check, &[])?;
    run(root, &package, build, &[])?;
    let mut check_ms = f64::INFINITY;
    let mut release_ms = f64::INFINITY;
    for round in 1..=ROUNDS {
        write_source(root, variant, shape, round)?;
        check_ms = check_ms.min(run(root, &package, check, &[])?);
        release_ms = release_ms.min(run(root, &package, build, &[])?);
    }
    let emit = ["--emit=llvm-ir,obj", "-Ccodegen-units=1"];
    run(root, &package, &["rustc", "--release", "--lib"], &emit)?;
    Ok(Cost {
        check_ms,
        release_ms,
        text: text_bytes(&emitted(root, &package, "o")?)?,
        lines: llvm_lines(&fs::read_to_string(emitted(root, &package, "ll")?)?),
    })
}

/// Runs cargo, and returns the CPU milliseconds of cargo and the compiler.
fn run(root: &Path, package: &str, command: &[&str], compiler: &[&str]) -> io::Result<f64> {
    run_in(root, &root.join("target"), package, command, compiler)
}

fn run_in(
    root: &Path,
    target: &Path,
    package: &str,
    command: &[&str],
    compiler: &[&str],
) -> io::Result<f64> {
    let before = children_ms()?;
    let mut cargo = Command::new(cargo());
    cargo.args(command).args(["--quiet", "--package", package]);
    if !compiler.is_empty() {
        cargo.arg("--").args(compiler);
    }
    cargo.current_dir(root).env("CARGO_INCREMENTAL", "0");
    cargo.env("CARGO_TARGET_DIR", target);
    programs::output(&mut cargo)?;
    Ok(children_ms()? - before)
}

/// Returns the CPU time of all child processes so far: fields 16 and 17 of `/proc/self/stat`.
fn children_ms() -> io::Result<f64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    let ticks = |index: usize| {
        fields
            .get(index)
            .and_then(|field| field.parse::<f64>().ok())
    };
    match (ticks(13), ticks(14)) {
        (Some(user), Some(system)) => Ok((user + system) * TICK_MS),
        _ => Err(io::Error::other(
            "`/proc/self/stat` has no CPU times of child processes",
        )),
    }
}

/// Returns the newest file with this extension that the compiler wrote for `package`.
fn emitted(root: &Path, package: &str, extension: &str) -> io::Result<PathBuf> {
    let mut newest = None;
    for entry in fs::read_dir(root.join("target/release/deps"))? {
        let path = entry?.path();
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let is_match = stem.starts_with(&format!("{package}-"))
            && path.extension().is_some_and(|found| found == extension);
        if is_match {
            newest = newest.max(Some((fs::metadata(&path)?.modified()?, path)));
        }
    }
    let newest = newest.map(|(_, path)| path);
    newest.ok_or_else(|| {
        io::Error::other(format!(
            "the compiler wrote no `.{extension}` file for `{package}`"
        ))
    })
}

/// Returns the total size of the `.text` sections in an object file.
fn text_bytes(object: &Path) -> io::Result<f64> {
    let sizes = programs::output(Command::new("size").arg("-A").arg(object))?;
    let text = sizes.lines().filter(|line| line.starts_with(".text"));
    Ok(text
        .filter_map(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok())
        .sum())
}

/// Counts the lines of LLVM IR inside function bodies.
fn llvm_lines(module: &str) -> f64 {
    let mut lines = 0_u32;
    let mut is_inside = false;
    for line in module.lines() {
        match line {
            "}" => is_inside = false,
            _ if line.starts_with("define ") => is_inside = true,
            _ => lines += u32::from(is_inside && !line.is_empty()),
        }
    }
    f64::from(lines)
}
