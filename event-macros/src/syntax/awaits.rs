//! Awaits: whether the body of an `async fn` may await something. If not, it is done in one poll.
//!
//! This only chooses between two correct forms. What is not known to await nothing is taken to await.

use proc_macro2::{Ident, Spacing, TokenStream, TokenTree};

/// The standard library's macros that await nothing but what is written in them.
const HARMLESS_MACROS: [&str; 33] = [
    "assert",
    "assert_eq",
    "assert_ne",
    "cfg",
    "column",
    "concat",
    "dbg",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "env",
    "eprint",
    "eprintln",
    "file",
    "format",
    "format_args",
    "include_bytes",
    "include_str",
    "line",
    "matches",
    "module_path",
    "option_env",
    "panic",
    "print",
    "println",
    "stringify",
    "thread_local",
    "todo",
    "unimplemented",
    "unreachable",
    "vec",
    "write",
    "writeln",
];

/// Words before a `!` that negates.
const KEYWORDS: [&str; 8] = [
    "break", "else", "if", "in", "match", "move", "return", "while",
];

/// Whether there is the word `await` anywhere in `body`, in closures and blocks within too, or the
/// call of a macro that is not known, and so may have one hidden in it.
pub(crate) fn may_await(body: &TokenStream) -> bool {
    let mut before = None;
    body.clone().into_iter().any(|token| {
        let may_await = match &token {
            TokenTree::Group(group) => may_await(&group.stream()),
            TokenTree::Ident(word) => word == "await",
            TokenTree::Punct(punct) => {
                // That of a call stands before brackets or a name; that of `a != b` is joined to the `=`.
                let calls = punct.as_char() == '!' && punct.spacing() == Spacing::Alone;
                matches!(&before, Some(TokenTree::Ident(word)) if calls && !is_harmless(word))
            }
            TokenTree::Literal(_) => false,
        };
        before = Some(token);
        may_await
    })
}

/// Whether what is called so, with a `!` behind it, awaits nothing that is not written there.
fn is_harmless(word: &Ident) -> bool {
    let mut harmless = HARMLESS_MACROS.iter().chain(&KEYWORDS);
    harmless.any(|name| word == name)
}
