//! Generated crates: many functions that differ by a number, annotated in one of several ways.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

/// How the functions of a crate are annotated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Variant {
    /// Short name, part of the crate's name.
    pub(crate) name: &'static str,
    /// Text of the table row.
    pub(crate) label: &'static str,
    attribute: &'static str,
    dependency: &'static str,
}

impl Variant {
    /// Returns whether the annotation comes from a library.
    pub(crate) const fn has_dependency(&self) -> bool {
        !self.dependency.is_empty()
    }
}

/// The baseline of all other variants.
pub(crate) const BARE: Variant = Variant {
    name: "bare",
    label: "bare",
    attribute: "",
    dependency: "",
};

/// The compared variants.
pub(crate) const VARIANTS: [Variant; 4] = [
    Variant {
        name: "hand",
        label: "a hand-written guard and cold call",
        attribute: "",
        dependency: "",
    },
    Variant {
        name: "ours",
        label: "**ours, arguments captured**",
        attribute: "#[event_core::trigger_event(\"bench:generated\")]",
        dependency: concat!(
            "event-core = { path = \"",
            env!("CARGO_MANIFEST_DIR"),
            "/../event-core\" }"
        ),
    },
    Variant {
        name: "tracing",
        label: "tracing `#[instrument]`",
        attribute: "#[tracing::instrument]",
        dependency: "tracing = \"0.1.44\"",
    },
    Variant {
        name: "fastrace",
        label: "fastrace `#[trace]` (no arguments)",
        attribute: "#[fastrace::trace]",
        dependency: "fastrace = { version = \"0.7.19\", features = [\"enable\"] }",
    },
];

/// The shape of all functions in a crate.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape {
    /// `fn`.
    Sync,
    /// `async fn`.
    Async,
}

impl Shape {
    /// Returns the number of functions in a crate.
    pub(crate) const fn functions(self) -> u32 {
        match self {
            Self::Sync => 1_000,
            Self::Async => 300,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Sync => "sync",
            Self::Async => "async",
        }
    }
}

/// Returns the name of the crate.
pub(crate) fn name(variant: Variant, shape: Shape) -> String {
    format!("cost_{}_{}", shape.name(), variant.name)
}

/// Writes the manifests and sources of all crates into one workspace at `root`.
pub(crate) fn write_all(root: &Path) -> io::Result<()> {
    let mut members = Vec::new();
    for variant in [&[BARE], VARIANTS.as_slice()].concat() {
        for shape in [Shape::Sync, Shape::Async] {
            let name = name(variant, shape);
            let manifest = format!(
                "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n{}\n",
                variant.dependency
            );
            fs::create_dir_all(root.join(&name).join("src"))?;
            fs::write(root.join(&name).join("Cargo.toml"), manifest)?;
            // An empty source is enough to build the dependencies.
            fs::write(root.join(&name).join("src/lib.rs"), "")?;
            members.push(name);
        }
    }
    let workspace = format!("[workspace]\nresolver = \"3\"\nmembers = {members:?}\n");
    fs::write(root.join("Cargo.toml"), workspace)
}

/// Writes the crate's source. A new `version` forces a recompilation.
pub(crate) fn write_source(
    root: &Path,
    variant: Variant,
    shape: Shape,
    version: u32,
) -> io::Result<()> {
    let mut source = format!("//! Version {version}.\n");
    if variant.name == "hand" {
        source.push_str(HAND);
    }
    let mut table = String::new();
    for number in 0..shape.functions() {
        source.push_str(&function(variant, shape, number));
        let _ = writeln!(
            table,
            "    {}{number},",
            if matches!(shape, Shape::Sync) {
                "work"
            } else {
                "make"
            }
        );
    }
    let (count, work) = (shape.functions(), work_type(shape));
    let _ = write!(
        source,
        "pub static WORK: [{work}; {count}] = [\n{table}];\n"
    );
    fs::write(root.join(name(variant, shape)).join("src/lib.rs"), source)
}

const fn work_type(shape: Shape) -> &'static str {
    match shape {
        Shape::Sync => "fn(u64, &str) -> u64",
        Shape::Async => {
            "for<'a> fn(u64, &'a str) -> std::pin::Pin<Box<dyn Future<Output = u64> + 'a>>"
        }
    }
}

const HAND: &str = "use std::sync::atomic::{AtomicBool, Ordering};
pub static IS_ENABLED: AtomicBool = AtomicBool::new(false);
pub struct Guard(bool);
impl Drop for Guard {
    #[inline]
    fn drop(&mut self) { if self.0 { notify(0, \"\"); } }
}
#[cold]
#[inline(never)]
pub fn notify(a: u64, b: &str) { println!(\"{a} {b}\"); }
";

fn function(variant: Variant, shape: Shape, number: u32) -> String {
    let guard = if variant.name == "hand" {
        "let enabled = IS_ENABLED.load(Ordering::Relaxed); if enabled { notify(a, b); } let _guard = Guard(enabled);"
    } else {
        ""
    };
    let attribute = variant.attribute;
    let body = format!(
        "{guard} let mut hash = a ^ {number}; for byte in b.bytes() {{ hash = (hash ^ u64::from(byte)).wrapping_mul(31); }} hash"
    );
    match shape {
        Shape::Sync => format!(
            "{attribute}\n#[inline(never)]\npub fn work{number}(a: u64, b: &str) -> u64 {{ {body} }}\n"
        ),
        Shape::Async => format!(
            "{attribute}\npub async fn work{number}(a: u64, b: &str) -> u64 {{ {body} }}\n\
             pub fn make{number}<'a>(a: u64, b: &'a str) -> std::pin::Pin<Box<dyn Future<Output = u64> + 'a>> {{ Box::pin(work{number}(a, b)) }}\n"
        ),
    }
}
