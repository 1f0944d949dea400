//! Kinds: whether a literal is a good one. `event-core` has the same rules; the texts are for the
//! place in the source.

use syn::LitStr;

use crate::diag::Diagnostics;
use crate::suggest::did_you_mean;

const BUILTIN: [&str; 4] = [
    "numba:compile",
    "numba:compiler_lock",
    "numba:llvm_lock",
    "numba:run_pass",
];

/// Reports what is wrong with `filter`, a kind or a prefix followed by `*`.
pub(crate) fn check_filter(diag: &mut Diagnostics, filter: &LitStr) {
    let text = filter.value();
    let pattern = text.contains('*') && filter.suffix().is_empty();
    let prefix = text.strip_suffix('*').unwrap_or(&text);
    if !pattern {
        check(diag, filter);
    } else if prefix.contains(|c: char| c == '*' || c.is_control()) {
        diag.error(
            filter,
            "a pattern is a prefix without control characters and one `*` at its end, as in \
             `\"app:*\"`",
        );
    }
}

/// Reports what is wrong with `kind`.
pub(crate) fn check(diag: &mut Diagnostics, kind: &LitStr) {
    let name = kind.value();
    if !kind.suffix().is_empty() {
        diag.error(
            kind,
            format_args!("unexpected suffix `{}` on an event kind", kind.suffix()),
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
            "an event kind must not contain `*`, which is for the patterns that listeners are \
             installed on; write for example `\"app:parse\"`",
        );
    } else if name.starts_with("numba:") && !BUILTIN.contains(&name.as_str()) {
        let [compile, compiler_lock, llvm_lock, run_pass] = BUILTIN;
        diag.error(
            kind,
            format_args!(
                "kinds that begin with `numba:` are reserved for `{compile}`, `{compiler_lock}`, \
                 `{llvm_lock}` and `{run_pass}`{}",
                did_you_mean(&name, BUILTIN)
            ),
        );
    }
}
