//! Annotated code has the lints and the documentation of the same code without attributes.
//!
//! `tests/clippy/shapes.rs` is built as it is, and without the lines of its attributes. In both
//! builds clippy and the compiler must report the same lints at the same lines, and rustdoc must
//! show the same signatures. Needs clippy.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;

const SHAPES: &str = include_str!("clippy/shapes.rs");

/// The packages. Rustdoc would break a name with `_` into parts.
const PLAIN: &str = "plainshapes";
const ANNOTATED: &str = "annotatedshapes";

/// The beginnings of the lines that the plain build leaves out.
const ATTRIBUTES: [&str; 6] = [
    "#[trigger_event",
    "#[traced",
    "#[listen",
    "#[data",
    "#[derive(EventData)]",
    "#[derive(Listener)]",
];

/// The end of a line with a lint that must fire only in the plain build.
const USED: &str = "// used by an attribute";

/// Lints of whole crates, and one that reports unstable lints.
const NOT_COMPARED: [&str; 3] = [
    "unknown_lints",
    "unstable_features",
    "unused_crate_dependencies",
];

/// A workspace with both packages. `None` without clippy.
fn workspace() -> Option<&'static Path> {
    static WORKSPACE: OnceLock<Option<PathBuf>> = OnceLock::new();
    let workspace = WORKSPACE.get_or_init(|| {
        let clippy = Command::new(env!("CARGO")).args(["clippy", "-V"]).output();
        if !clippy.is_ok_and(|output| output.status.success()) {
            eprintln!(
                "tests/clippy.rs: skipped, clippy is not installed (rustup component add clippy)"
            );
            return None;
        }
        Some(make_workspace())
    });
    workspace.as_deref()
}

fn make_workspace() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let workspace = Path::new(env!("CARGO_TARGET_TMPDIR")).join("clippy");
    let lints = lints();
    for (name, source) in [(PLAIN, plain()), (ANNOTATED, SHAPES.to_owned())] {
        let manifest = format!(
            "[package]\nname = \"{name}\"\nedition = \"2021\"\n\
             [features]\noff = [\"event-core/off\"]\n\
             [dependencies]\nevent-core.path = '{}'\n{lints}",
            root.join("event-core").display(),
        );
        let package = workspace.join(name);
        fs::create_dir_all(package.join("src")).unwrap();
        write_if_changed(&package.join("Cargo.toml"), &manifest);
        write_if_changed(&package.join("src/lib.rs"), &source);
    }
    let manifest = "[workspace]\nmembers = [\"*shapes\"]\nresolver = \"3\"\n";
    write_if_changed(&workspace.join("Cargo.toml"), manifest);
    fs::copy(root.join("Cargo.lock"), workspace.join("Cargo.lock")).unwrap();
    workspace
}

/// Keeps the time of an unchanged file, so that cargo does not build it again.
fn write_if_changed(path: &Path, text: &str) {
    if fs::read_to_string(path).ok().as_deref() != Some(text) {
        fs::write(path, text).unwrap();
    }
}

/// [`SHAPES`] without attributes. Each line keeps its number.
fn plain() -> String {
    let mut plain = String::new();
    for line in SHAPES.lines() {
        let code = line.trim_start();
        // Lints report empty lines after other attributes, but not comments.
        let is_attribute = ATTRIBUTES.iter().any(|start| code.starts_with(start));
        plain += if is_attribute { "//" } else { line };
        plain.push('\n');
    }
    plain
}

/// The tables of a manifest that warn of every lint.
fn lints() -> String {
    let help = Command::new("rustc").args(["-W", "help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let mut lints = "[lints.rust]\n".to_owned();
    for line in help.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [name, "allow", _, ..] = words[..] else {
            continue;
        };
        let name = name.replace('-', "_");
        if !NOT_COMPARED.contains(&&*name) {
            writeln!(lints, "{name} = \"warn\"").unwrap();
        }
    }
    lints += "[lints.clippy]\n";
    for group in ["all", "pedantic", "nursery", "restriction"] {
        writeln!(lints, "{group} = {{ level = \"warn\", priority = -1 }}").unwrap();
    }
    lints
}

/// Runs cargo for both packages, and returns its stdout.
fn cargo(workspace: &Path, args: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(args)
        .args(["--offline", "--workspace"])
        .current_dir(workspace)
        .env("CARGO_TARGET_DIR", workspace.join("target"))
        // The flags of the whole test run, such as `-Dwarnings`, would make lints errors.
        .env_remove("RUSTFLAGS")
        .env_remove("RUSTDOCFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTDOCFLAGS")
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// The number of reports of each lint at each line.
type Lints = BTreeMap<(usize, String), usize>;

/// The lints of [`PLAIN`] and of [`ANNOTATED`] in the output of a cargo command.
fn parse_lints(output: &str) -> [Lints; 2] {
    let mut lints = [Lints::new(), Lints::new()];
    for line in output.lines() {
        let report: Value = serde_json::from_str(line).unwrap();
        let message = &report["message"];
        let spans = message["spans"].as_array();
        let primary = spans.and_then(|spans| spans.iter().find(|span| span["is_primary"] == true));
        let (Some(lint), Some(place)) = (message["code"]["code"].as_str(), primary) else {
            continue;
        };
        let package = match report["target"]["name"].as_str() {
            Some(PLAIN) => 0,
            Some(ANNOTATED) => 1,
            _ => continue,
        };
        let number = usize::try_from(place["line_start"].as_u64().unwrap()).unwrap();
        let count = lints[package].entry((number, lint.to_owned())).or_default();
        *count += 1;
    }
    lints
}

/// Runs a cargo command, and checks that both packages have at least `count` lints, which
/// are the same except for those in `lost`.
fn expect_same_lints(args: &[&str], count: usize, lost: &[&str]) {
    let Some(workspace) = workspace() else {
        return;
    };
    let output = cargo(workspace, &[args, &["--message-format", "json"]].concat());
    let [plain, annotated] = parse_lints(&output);
    assert!(plain.values().sum::<usize>() >= count, "{plain:?}");
    let mut differences = String::new();
    let mut found: Vec<&str> = Vec::new();
    for key @ (line, lint) in plain.keys().chain(annotated.keys()) {
        let [before, after] =
            [&plain, &annotated].map(|lints| lints.get(key).copied().unwrap_or(0));
        let source = SHAPES.lines().nth(line - 1).unwrap();
        if before > after && (source.ends_with(USED) || lost.contains(&&**lint)) {
            found.push(lint);
        } else if before != after {
            writeln!(
                differences,
                "{lint}: {before} plain, {after} annotated\n{line}: {source}"
            )
            .unwrap();
        }
    }
    assert!(differences.is_empty(), "{differences}");
    for lost in lost {
        assert!(
            found.contains(lost),
            "`{lost}` is not lost, or not in the shapes"
        );
    }
}

#[test]
fn clippy_reports_the_lints_of_the_plain_code() {
    // An annotated function cannot be `const`. The next two need a body of one expression. The last
    // one ignores code that a macro returns.
    let lost = [
        "clippy::missing_const_for_fn",
        "clippy::derivable_impls",
        "clippy::misnamed_getters",
        "redundant_imports",
    ];
    expect_same_lints(&["clippy"], 1000, &lost);
}

#[test]
fn compiler_reports_the_lints_of_the_plain_code() {
    expect_same_lints(
        &["check"],
        200,
        &["unconditional_recursion", "redundant_imports"],
    );
}

#[test]
fn compiler_reports_the_lints_of_the_plain_code_if_events_are_off() {
    expect_same_lints(&["check", "--features", "off"], 200, &["redundant_imports"]);
}

/// Adds the text of every page of rustdoc in a folder, by its path.
fn add_pages(folder: &Path, prefix: &str, pages: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{prefix}/{}", path.file_name().unwrap().to_str().unwrap());
        if path.is_dir() {
            add_pages(&path, &name, pages);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "html")
        {
            pages.insert(name, fs::read_to_string(path).unwrap());
        }
    }
}

#[test]
fn rustdoc_shows_the_plain_signatures() {
    let Some(workspace) = workspace() else {
        return;
    };
    cargo(workspace, &["doc", "--no-deps"]);
    let [plain, annotated] = [PLAIN, ANNOTATED].map(|package| {
        let mut pages = BTreeMap::new();
        add_pages(&workspace.join("target/doc").join(package), "", &mut pages);
        for page in pages.values_mut() {
            *page = page.replace(package, "PACKAGE");
        }
        pages
    });
    assert!(annotated["/fn.tuple.html"].contains("tuple((a, _): ("));
    assert!(plain.len() > 100, "{:?}", plain.keys());
    assert!(plain.keys().eq(annotated.keys()));
    // The derives add implementations to the pages of these types.
    let derived = ["Query", "Borrowed", "Progress", "Quiet", "Either"];
    for (name, page) in &plain {
        if !derived.iter().any(|derived| name.contains(derived)) {
            assert!(*page == annotated[name], "the pages {name} differ");
        }
    }
}
