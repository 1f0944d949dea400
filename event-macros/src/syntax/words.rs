//! The identifiers in tokens, also in groups.

use std::collections::HashSet;

use proc_macro2::{Ident, TokenStream, TokenTree};

/// Whether `is_wanted` returns true for an identifier in `tokens`.
pub(crate) fn any_word(tokens: TokenStream, is_wanted: &dyn Fn(&Ident) -> bool) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(word) => is_wanted(&word),
        TokenTree::Group(group) => any_word(group.stream(), is_wanted),
        _ => false,
    })
}

/// Whether `Self` is in `tokens`.
pub(crate) fn contains_self(tokens: TokenStream) -> bool {
    any_word(tokens, &|word| word == "Self")
}

/// Adds every identifier in `tokens` to `words`.
pub(crate) fn collect_words(tokens: TokenStream, words: &mut HashSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Ident(word) => _ = words.insert(word.to_string()),
            TokenTree::Group(group) => collect_words(group.stream(), words),
            _ => {}
        }
    }
}
