//! Names of kinds and filters, compared with a second implementation of the rules.

use event_core::{Kind, KindFilter};

const BUILTIN: [&str; 4] = [
    "numba:compile",
    "numba:compiler_lock",
    "numba:llvm_lock",
    "numba:run_pass",
];

/// Parses a filter and the name of a kind, one on each line, and matches them.
///
/// # Panics
///
/// Panics if a result differs from the documented rules.
pub fn kinds(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    // A valid name is kept until the process ends, so its length is limited.
    let short: String = text.chars().take(24).collect();
    let (filter, name) = short.split_once('\n').unwrap_or((&short, "app:parse"));
    let kind = Kind::new(name);
    assert_eq!(kind.is_ok(), is_kind(name), "{name:?}");
    if let Err(error) = &kind {
        assert_eq!(error.name(), name);
        assert!(error.to_string().contains("write for example"));
    }
    let parsed = KindFilter::new(filter);
    assert_eq!(parsed.is_ok(), is_filter(filter), "{filter:?}");
    if let (Ok(parsed), Ok(kind)) = (parsed, kind) {
        assert_eq!(parsed.to_string(), filter);
        let expected = match filter.strip_suffix('*') {
            Some(prefix) => name.starts_with(prefix),
            None => name == filter,
        };
        assert_eq!(parsed.matches(kind), expected, "{filter:?} {name:?}");
    }
}

fn is_plain(text: &str) -> bool {
    !text.contains(|it: char| it == '*' || it.is_control())
}

fn is_kind(name: &str) -> bool {
    let reserved = name.starts_with("numba:") && !BUILTIN.contains(&name);
    !name.is_empty() && is_plain(name) && !reserved
}

fn is_filter(text: &str) -> bool {
    match text.strip_suffix('*') {
        Some(prefix) => is_plain(prefix),
        None => is_kind(text),
    }
}
