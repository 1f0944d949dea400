//! Names of kinds and filters, compared with a second implementation of the rules.

use event_core::__private::is_escaped;
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
    let patterns = patterns(filter);
    let is_valid = patterns.iter().all(|(_, pattern)| is_pattern(pattern));
    assert_eq!(parsed.is_ok(), is_valid, "{filter:?}");
    if let (Ok(parsed), Ok(kind)) = (parsed, kind) {
        let again = KindFilter::new(parsed.to_string());
        assert_eq!(again.as_ref(), Ok(&parsed));
        let mut expected = !patterns[0].0;
        for (includes, pattern) in patterns {
            let is_match = match pattern.strip_suffix('*') {
                Some(prefix) => name.starts_with(prefix),
                None => name == pattern,
            };
            if is_match {
                expected = includes;
            }
        }
        assert_eq!(parsed.matches(kind), expected, "{filter:?} {name:?}");
    }
}

/// Returns the patterns of a filter, and whether each includes its kinds.
fn patterns(filter: &str) -> Vec<(bool, &str)> {
    let mut items: Vec<&str> = filter.split(',').collect();
    for item in &mut items {
        *item = item.trim();
    }
    let signed = items.into_iter().map(|item| match item.as_bytes() {
        [b'!', ..] => (false, item[1..].trim_start()),
        _ => (true, item),
    });
    signed.collect()
}

fn is_plain(text: &str) -> bool {
    !text.contains(|it: char| it == '*' || is_escaped(it))
}

fn is_kind(name: &str) -> bool {
    let reserved = name.starts_with("numba:") && !BUILTIN.contains(&name);
    !name.is_empty() && is_plain(name) && !reserved
}

fn is_pattern(text: &str) -> bool {
    match text.strip_suffix('*') {
        _ if text.starts_with('!') => false,
        Some(prefix) => is_plain(prefix),
        None => is_kind(text),
    }
}
