//! The tool that runs the macros.

use std::env::current_exe;
use std::sync::OnceLock;

/// Whether functions keep their own bodies, with no events in them.
///
/// Clippy and rustdoc judge or show the code that they are given, and never run it. With the
/// feature `off` there are no events.
///
/// The name of the process decides, because dependencies may inherit the environment of clippy. The
/// compiler of a doctest is `rustc`, so that doctests trigger events.
pub(crate) fn keeps_functions() -> bool {
    static READS_ONLY: OnceLock<bool> = OnceLock::new();
    let reads_only = || {
        let tool = current_exe().ok();
        let name = tool.as_deref().and_then(|tool| tool.file_stem());
        name.is_some_and(|name| name == "clippy-driver" || name == "rustdoc")
    };
    cfg!(feature = "off") || *READS_ONLY.get_or_init(reads_only)
}
