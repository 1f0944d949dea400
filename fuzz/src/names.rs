//! Names of kinds and filters, beside rules that are written out anew.

use event_core::{Kind, KindFilter};

const BUILTIN: [&str; 4] = [
    "numba:compile",
    "numba:compiler_lock",
    "numba:llvm_lock",
    "numba:run_pass",
];

/// Two names, one a line: as kinds, and the first as a filter of the second.
///
/// # Panics
///
/// Panics when a name is judged otherwise than the documentation says.
pub fn kinds(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    // A good name is kept for the rest of the process.
    let short: String = text.chars().take(24).collect();
    let (filter, name) = short.split_once('\n').unwrap_or((&short, "app:parse"));
    let kind = Kind::new(name);
    assert_eq!(kind.is_ok(), is_kind(name), "{name:?}");
    if let Err(error) = &kind {
        assert_eq!(error.name(), name);
        assert!(error.to_string().contains("write for example"));
    }
    let made = KindFilter::new(filter);
    assert_eq!(made.is_ok(), is_filter(filter), "{filter:?}");
    if let (Ok(made), Ok(kind)) = (made, kind) {
        assert_eq!(made.to_string(), filter);
        let expected = match filter.strip_suffix('*') {
            Some(prefix) => name.starts_with(prefix),
            None => name == filter,
        };
        assert_eq!(made.matches(kind), expected, "{filter:?} {name:?}");
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
