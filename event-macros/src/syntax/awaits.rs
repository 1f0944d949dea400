//! Whether the body of an `async fn` may await. A body without `.await` is ready after one poll.
//!
//! The answer only chooses between two correct expansions. When in doubt, it is yes.

use proc_macro2::{Ident, Spacing, TokenStream, TokenTree};

/// The standard library's macros whose expansion adds no `.await`.
const MACROS_WITHOUT_AWAIT: [&str; 33] = [
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

/// The words after which `!` is a negation instead of a macro call.
const KEYWORDS: [&str; 8] = [
    "break", "else", "if", "in", "match", "move", "return", "while",
];

/// Whether `body` contains the word `await`, or a call of an unknown macro, which may hide one.
///
/// Nested closures and blocks are searched, too.
pub(crate) fn may_await(body: &TokenStream) -> bool {
    let mut before = None;
    body.clone().into_iter().any(|token| {
        let found = match &token {
            TokenTree::Group(group) => may_await(&group.stream()),
            TokenTree::Ident(word) => word == "await",
            TokenTree::Punct(punct) => {
                // The `!` of `a != b` is joined to the `=`.
                let calls = punct.as_char() == '!' && punct.spacing() == Spacing::Alone;
                matches!(&before, Some(TokenTree::Ident(word)) if calls && !is_known(word))
            }
            TokenTree::Literal(_) => false,
        };
        before = Some(token);
        found
    })
}

/// Whether `word` before a `!` adds no `.await`.
fn is_known(word: &Ident) -> bool {
    let mut known = MACROS_WITHOUT_AWAIT.iter().chain(&KEYWORDS);
    known.any(|name| word == name)
}
