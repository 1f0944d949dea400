//! The rules for the names of kinds and for patterns.
//!
//! `event-core` enforces the same rules at run time. Here, the errors underline the string.

use syn::LitStr;

use crate::diag::Diagnostics;
use crate::suggest::did_you_mean;

/// The only valid kinds that begin with [`RESERVED_PREFIX`].
const BUILTIN: [&str; 4] = [
    "numba:compile",
    "numba:compiler_lock",
    "numba:llvm_lock",
    "numba:run_pass",
];

const RESERVED_PREFIX: &str = "numba:";

/// Reports what is wrong with `filter`, a kind or a prefix followed by `*`.
pub(crate) fn check_filter(diag: &mut Diagnostics, filter: &LitStr) {
    let text = filter.value();
    let is_pattern = text.contains('*') && filter.suffix().is_empty();
    let prefix = text.strip_suffix('*').unwrap_or(&text);
    if !is_pattern {
        check(diag, filter);
    } else if prefix.contains(|c: char| c == '*' || c.is_control()) {
        diag.error(
            filter,
            "invalid pattern; write a prefix without control characters and then one `*`, as in \
             `\"app:*\"`",
        );
    }
}

/// Reports what is wrong with `kind`.
pub(crate) fn check(diag: &mut Diagnostics, kind: &LitStr) {
    let name = kind.value();
    if !kind.suffix().is_empty() {
        let suffix = kind.suffix();
        diag.error(
            kind,
            format_args!("unexpected suffix `{suffix}` on an event kind; remove it"),
        );
    } else if name.is_empty() {
        diag.error(
            kind,
            "an event kind must not be empty; write for example `\"app:parse\"`",
        );
    } else if name.contains(char::is_control) {
        diag.error(
            kind,
            "an event kind must not contain control characters; write for example `\"app:parse\"`",
        );
    } else if name.contains('*') {
        diag.error(
            kind,
            "an event kind must not contain `*`, which is reserved for patterns of listeners; write \
             for example `\"app:parse\"`",
        );
    } else if name.starts_with(RESERVED_PREFIX) && !BUILTIN.contains(&name.as_str()) {
        let [compile, compiler_lock, llvm_lock, run_pass] = BUILTIN;
        let suggestion = did_you_mean(&name, BUILTIN);
        diag.error(
            kind,
            format_args!(
                "event kinds that begin with `{RESERVED_PREFIX}` are reserved; write another \
                 prefix, or one of `{compile}`, `{compiler_lock}`, `{llvm_lock}`, \
                 `{run_pass}`{suggestion}"
            ),
        );
    }
}
