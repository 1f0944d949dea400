//! The rules for the names of kinds and for patterns.
//!
//! `event-core` enforces the same rules at run time. Here, the errors underline the string.

use syn::LitStr;

use crate::diag::Diagnostics;
use crate::escape::is_escaped;
use crate::suggest::did_you_mean;

/// The only valid kinds that begin with [`RESERVED_PREFIX`].
const BUILTIN: [&str; 4] = [
    "numba:compile",
    "numba:compiler_lock",
    "numba:llvm_lock",
    "numba:run_pass",
];

const RESERVED_PREFIX: &str = "numba:";

/// A pattern of a filter.
pub(crate) struct Pattern<'t> {
    pub(crate) includes: bool,
    /// A kind, or a prefix followed by `*`.
    pub(crate) text: &'t str,
}

/// Returns the patterns of a filter: `"app:*,!app:health"` has two.
pub(crate) fn patterns(filter: &str) -> impl DoubleEndedIterator<Item = Pattern<'_>> {
    filter.split(',').map(|item| {
        let item = item.trim();
        match item.strip_prefix('!') {
            None => Pattern {
                includes: true,
                text: item,
            },
            Some(excluded) => Pattern {
                includes: false,
                text: excluded.trim_start(),
            },
        }
    })
}

/// Reports what is wrong with `filter`: a kind, a prefix followed by `*`, or a list of these.
pub(crate) fn check_filter(diag: &mut Diagnostics, filter: &LitStr) {
    let text = filter.value();
    if !filter.suffix().is_empty() {
        return check(diag, filter);
    }
    let is_list = text.contains(',');
    for Pattern { includes, text } in patterns(&text) {
        if text.is_empty() && !includes {
            diag.error(
                filter,
                "missing pattern after `!`; write for example `\"app:*,!app:health\"`",
            );
            continue;
        }
        if text.starts_with('!') {
            diag.error(filter, "unexpected second `!`; one excludes a pattern");
            continue;
        }
        let prefix = text.strip_suffix('*');
        if !text.contains('*') {
            if is_list && text.is_empty() {
                diag.error(filter, "empty pattern in this list; remove the extra comma");
            } else {
                check_name(diag, filter, text);
            }
        } else if prefix
            .unwrap_or(text)
            .contains(|c: char| c == '*' || is_escaped(c))
        {
            let name = if is_list {
                format!(" {text:?}")
            } else {
                String::new()
            };
            diag.error(
                filter,
                format_args!(
                    "invalid pattern{name}; write a prefix without control or invisible characters \
                     and then one `*`, as in `\"app:*\"`"
                ),
            );
        }
    }
}

/// Reports what is wrong with `kind`.
pub(crate) fn check(diag: &mut Diagnostics, kind: &LitStr) {
    let suffix = kind.suffix();
    if suffix.is_empty() {
        check_name(diag, kind, &kind.value());
    } else {
        diag.error(
            kind,
            format_args!("unexpected suffix `{suffix}` on an event kind; remove it"),
        );
    }
}

/// Reports what is wrong with the kind `name`, which is `literal` or a part of it.
fn check_name(diag: &mut Diagnostics, literal: &LitStr, name: &str) {
    if name.is_empty() {
        diag.error(
            literal,
            "an event kind must not be empty; write for example `\"app:parse\"`",
        );
    } else if name.contains(is_escaped) {
        diag.error(
            literal,
            "an event kind must not contain control or invisible characters; write for example \
             `\"app:parse\"`",
        );
    } else if name.contains('*') {
        diag.error(
            literal,
            "an event kind must not contain `*`, which is reserved for patterns of listeners; write \
             for example `\"app:parse\"`",
        );
    } else if name.starts_with(RESERVED_PREFIX) && !BUILTIN.contains(&name) {
        let [compile, compiler_lock, llvm_lock, run_pass] = BUILTIN;
        let suggestion = did_you_mean(name, BUILTIN);
        diag.error(
            literal,
            format_args!(
                "event kinds that begin with `{RESERVED_PREFIX}` are reserved; write another \
                 prefix, or one of `{compile}`, `{compiler_lock}`, `{llvm_lock}`, \
                 `{run_pass}`{suggestion}"
            ),
        );
    }
}
