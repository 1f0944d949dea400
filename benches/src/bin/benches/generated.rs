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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `fn(u64, &str) -> u64`.
    Function,
    /// A method that returns a `Result`, each of a type of its own.
    Method,
    /// Five signatures in turn.
    Mixed,
    /// `async fn` without `.await`.
    Async,
    /// `async fn`, two of three with an `.await`.
    Awaiting,
}

/// All shapes, in the order of the tables.
pub(crate) const SHAPES: [Shape; 5] = [
    Shape::Function,
    Shape::Method,
    Shape::Mixed,
    Shape::Async,
    Shape::Awaiting,
];

impl Shape {
    /// Returns the number of functions in a crate.
    pub(crate) const fn functions(self) -> u32 {
        match self {
            Self::Function | Self::Mixed => 1_000,
            Self::Method | Self::Async | Self::Awaiting => 300,
        }
    }

    /// Returns the title of the table.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Function => "`fn`, one signature",
            Self::Method => "methods that return a `Result`, each of its own type",
            Self::Mixed => "`fn`, five signatures",
            Self::Async => "`async fn` without `.await`",
            Self::Awaiting => "`async fn`, two of three with `.await`",
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Function => "function",
            Self::Method => "method",
            Self::Mixed => "mixed",
            Self::Async => "async",
            Self::Awaiting => "awaiting",
        }
    }

    const fn is_async(self) -> bool {
        matches!(self, Self::Async | Self::Awaiting)
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
        for shape in SHAPES {
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
    for number in 0..shape.functions() {
        source.push_str(&function(variant, shape, number));
    }
    // A table of pointers keeps functions that are not exported by name.
    if shape.is_async() {
        source.push_str(&table(shape));
    }
    fs::write(root.join(name(variant, shape)).join("src/lib.rs"), source)
}

fn table(shape: Shape) -> String {
    let count = shape.functions();
    let mut table = format!("pub static MAKE: [{MAKE}; {count}] = [\n");
    for number in 0..count {
        let _ = writeln!(table, "    make{number},");
    }
    table.push_str("];\n");
    table
}

/// The type of a function that boxes a future, so that the future is compiled.
const MAKE: &str = "for<'a> fn(u64, &'a str) -> std::pin::Pin<Box<dyn Future<Output = u64> + 'a>>";

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
    let guard = |arguments: &str| {
        if variant.name == "hand" {
            format!(
                "let enabled = IS_ENABLED.load(Ordering::Relaxed); if enabled {{ notify({arguments}); }} let _guard = Guard(enabled);"
            )
        } else {
            String::new()
        }
    };
    let attribute = variant.attribute;
    let hash = format!(
        "let mut hash = a ^ {number}; for byte in b.bytes() {{ hash = (hash ^ u64::from(byte)).wrapping_mul(31); }} hash"
    );
    let plain = guard("a, b");
    let start = format!("{attribute}\n#[inline(never)]\npub fn work{number}");
    let result = "if hash == 0 { Err(String::from(\"zero\")) } else { Ok(hash) }";
    match shape {
        Shape::Function => format!("{start}(a: u64, b: &str) -> u64 {{ {plain} {hash} }}\n"),
        Shape::Method => format!(
            "#[derive(Debug)]\npub struct Type{number}(pub u64);\nimpl Type{number} {{ {start}(&self, a: u64, b: &str) -> Result<u64, String> {{ {plain} let a = a ^ self.0; let hash = {{ {hash} }}; {result} }} }}\n"
        ),
        Shape::Mixed => match number % 5 {
            0 => format!("{start}(a: u64, b: &str) -> u64 {{ {plain} {hash} }}\n"),
            1 => format!(
                "{start}(a: u64, b: &str) -> Result<u64, String> {{ {plain} let hash = {{ {hash} }}; {result} }}\n"
            ),
            2 => {
                let guard = guard("0, \"\"");
                let byte = number % 256;
                format!(
                    "{start}(bytes: &[u8], at: usize) -> Option<u8> {{ {guard} bytes.get(at).map(|other| other ^ {byte}) }}\n"
                )
            }
            3 => {
                let guard = guard("0, &text");
                format!(
                    "{start}(text: String, upper: bool) -> String {{ {guard} if upper {{ text + \"{number}\" }} else {{ text }} }}\n"
                )
            }
            _ => {
                let guard = guard("0, \"\"");
                format!(
                    "{start}(values: &mut Vec<u32>, by: u32) {{ {guard} for value in values {{ *value = value.wrapping_mul(by ^ {number}); }} }}\n"
                )
            }
        },
        Shape::Async | Shape::Awaiting => {
            let wait = if shape == Shape::Awaiting && !number.is_multiple_of(3) {
                "std::future::ready(a).await;"
            } else {
                ""
            };
            format!(
                "{attribute}\npub async fn work{number}(a: u64, b: &str) -> u64 {{ {plain} {wait} {hash} }}\n\
                 pub fn make{number}<'a>(a: u64, b: &'a str) -> std::pin::Pin<Box<dyn Future<Output = u64> + 'a>> {{ Box::pin(work{number}(a, b)) }}\n"
            )
        }
    }
}
