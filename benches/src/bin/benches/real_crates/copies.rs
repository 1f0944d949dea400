//! Annotated copies of published crates, and the programs that call them.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::annotate::{Position, annotated, functions};
use super::{BARE, PUBLISHED, Published, TRACING, Variant};
use crate::programs;

/// Downloads the crates. Returns the folder that holds them.
pub(super) fn download(root: &Path) -> io::Result<PathBuf> {
    let package = root.join("download");
    fs::create_dir_all(package.join("src"))?;
    fs::write(package.join("src/lib.rs"), "")?;
    let mut manifest = manifest_of("download");
    for Published { name, version } in PUBLISHED {
        let _ = writeln!(manifest, "[dependencies.{name}]\nversion = \"={version}\"");
    }
    fs::write(package.join("Cargo.toml"), manifest)?;
    programs::output(cargo(&package).args(["vendor", "--quiet", "--versioned-dirs"]))?;
    Ok(package.join("vendor"))
}

fn manifest_of(name: &str) -> String {
    format!("[package]\nname = \"{name}\"\nedition = \"2024\"\n[workspace]\n")
}

fn cargo(folder: &Path) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut cargo = Command::new(cargo);
    cargo.current_dir(folder);
    cargo
}

fn package(root: &Path, published: &Published, variant: Variant) -> PathBuf {
    root.join(variant.name).join(published.name)
}

/// Writes an annotated copy of a crate, and the program that calls it. Returns the number of
/// annotated functions.
pub(super) fn write(
    root: &Path,
    sources: &Path,
    published: &Published,
    variant: Variant,
    left_out: &BTreeSet<Position>,
) -> io::Result<usize> {
    let Published { name, version } = published;
    let source = sources.join(format!("{name}-{version}"));
    let package = package(root, published, variant);
    let copy = package.join("copy");
    let _ = fs::remove_dir_all(&copy);
    let mut count = 0;
    for file in files(&source, Path::new(""))? {
        let is_annotated = file.starts_with("src") && file.extension().is_some_and(|e| e == "rs");
        let to = copy.join(&file);
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder)?;
        }
        if !is_annotated || variant.attribute.is_empty() {
            fs::copy(source.join(&file), to)?;
            continue;
        }
        let lines = left_out.iter().filter(|(of, _)| Path::new(of) == file);
        let lines = lines.map(|(_, line)| *line).collect();
        let text = fs::read_to_string(source.join(&file))?;
        let (text, functions) =
            annotated(&text, variant.attribute, &lines).map_err(io::Error::other)?;
        count += functions;
        fs::write(to, text)?;
    }
    let manifest = copy.join("Cargo.toml");
    let text = fs::read_to_string(&manifest)?;
    fs::write(manifest, format!("{text}\n{}", variant.dependency))?;
    write_program(&package, published, variant)?;
    Ok(count)
}

fn write_program(package: &Path, published: &Published, variant: Variant) -> io::Result<()> {
    let name = published.name;
    let mut manifest = manifest_of("program");
    let _ = writeln!(manifest, "[dependencies.{name}]\npath = \"copy\"");
    manifest.push_str(variant.dependency);
    if variant.name == TRACING.name {
        manifest.push_str("[dependencies.tracing-subscriber]\nversion = \"0.3.23\"\n");
    } else if variant.name != BARE.name {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../event-export");
        let _ = writeln!(manifest, "[dependencies.event-export]\npath = \"{path}\"");
    }
    fs::create_dir_all(package.join("src"))?;
    fs::write(package.join("Cargo.toml"), manifest)?;
    // The versions that the project itself is locked to.
    fs::copy(
        concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.lock"),
        package.join("Cargo.lock"),
    )?;
    let templates = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/real_crates"));
    let copy =
        |from: String, to: &str| fs::copy(templates.join(from), package.join("src").join(to));
    copy("program.rs".to_owned(), "main.rs")?;
    copy(format!("listeners_{}.rs", variant.name), "listeners.rs")?;
    copy(format!("{name}.rs"), "workload.rs")?;
    Ok(())
}

/// Returns the paths of all files in `root` that are below `folder`, relative to `root`.
fn files(root: &Path, folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root.join(folder))? {
        let entry = entry?;
        let path = folder.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            found.extend(files(root, &path)?);
        } else {
            found.push(path);
        }
    }
    Ok(found)
}

/// Returns the functions in which the compiler reports an error.
pub(super) fn failures(
    root: &Path,
    published: &Published,
    variant: Variant,
) -> io::Result<Vec<Position>> {
    let package = package(root, published, variant);
    let mut check = cargo(&package);
    check.args(["check", "--quiet", "--message-format=json"]);
    check.arg("--target-dir").arg(target(root, variant));
    let output = check.output()?;
    if output.status.success() {
        return Ok(Vec::new());
    }
    let mut failed = BTreeSet::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let Ok(message) = serde_json::from_str::<serde_json::Value>(line) else {
            continue;
        };
        let message = &message["message"];
        if message["level"] == "error" {
            for span in message["spans"].as_array().into_iter().flatten() {
                failed.extend(function_at(&package.join("copy"), span)?);
            }
        }
    }
    if failed.is_empty() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        return Err(io::Error::other(format!("{check:?} failed\n{stderr}")));
    }
    Ok(failed.into_iter().collect())
}

/// Returns the innermost function around a span of the compiler's message.
fn function_at(copy: &Path, span: &serde_json::Value) -> io::Result<Option<Position>> {
    let (Some(file), Some(line)) = (span["file_name"].as_str(), span["line_start"].as_u64()) else {
        return Ok(None);
    };
    let file = Path::new(file);
    let file = file
        .strip_prefix(copy)
        .or_else(|_| file.strip_prefix("copy"));
    let Ok(file) = file else {
        return Ok(None); // in a macro of another crate
    };
    let line = usize::try_from(line).unwrap_or_default();
    let text = fs::read_to_string(copy.join(file))?;
    let functions = functions(&text).map_err(io::Error::other)?;
    let around = functions.iter().map(|function| function.lines);
    let around = around.filter(|[first, last]| (*first..=*last).contains(&line));
    let innermost = around.max_by_key(|[first, _]| *first);
    Ok(innermost.map(|[first, _]| (file.to_string_lossy().into_owned(), first)))
}

pub(super) fn build(root: &Path, published: &Published, variant: Variant) -> io::Result<()> {
    let mut build = cargo(&package(root, published, variant));
    build.args(["build", "--quiet", "--release"]);
    programs::output(build.arg("--target-dir").arg(target(root, variant)))?;
    let from = target(root, variant).join("release/program");
    fs::copy(from, program(root, published, variant)).map(drop)
}

fn target(root: &Path, variant: Variant) -> PathBuf {
    root.join("target").join(variant.name)
}

/// Returns the path of the program that calls the crate.
pub(super) fn program(root: &Path, published: &Published, variant: Variant) -> PathBuf {
    package(root, published, variant).join("program")
}
