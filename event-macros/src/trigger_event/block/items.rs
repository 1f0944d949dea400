//! Splits the tokens of a block into items, without parsing them.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// One item of a block: all tokens up to and including its `;` or its braces.
pub(crate) struct Item<'a> {
    pub(crate) tokens: &'a [TokenTree],
    /// How many of the tokens are outer attributes.
    head: usize,
    pub(crate) kind: ItemKind,
}

pub(crate) enum ItemKind {
    /// A function with a body that is not `const`.
    Function,
    /// An `impl`, a `trait` or a `mod` with a body, which is the last token.
    Block,
    /// Items from a macro's argument, in an invisible group, which is the only token.
    Group,
    Other,
}

impl<'a> Item<'a> {
    /// Returns the first item of `tokens`. `None` if there are no tokens.
    pub(crate) fn next(tokens: &'a [TokenTree]) -> Option<Self> {
        let first = tokens.first()?;
        if is_group(first, Delimiter::None) && braces(first).is_none() && holds_items(first) {
            return Some(Self {
                tokens: &tokens[..1],
                head: 0,
                kind: ItemKind::Group,
            });
        }
        let head = skip_attributes(tokens);
        let end = head + item_end(&tokens[head..]);
        let tokens = &tokens[..end];
        let with_body = tokens.last().and_then(braces).is_some();
        let kind = match keyword(&tokens[head..]).as_deref() {
            Some("fn") if with_body => ItemKind::Function,
            Some("impl" | "trait" | "mod") if with_body => ItemKind::Block,
            _ => ItemKind::Other,
        };
        Some(Self { tokens, head, kind })
    }

    /// The outer attributes, two tokens each.
    pub(crate) fn attributes(&self) -> &'a [TokenTree] {
        &self.tokens[..self.head]
    }

    pub(crate) fn without_attributes(&self) -> &'a [TokenTree] {
        &self.tokens[self.head..]
    }

    pub(crate) fn to_stream(&self) -> TokenStream {
        self.tokens.iter().cloned().collect()
    }
}

/// The number of tokens up to and including a `;` or braces. Braces between `<` and `>` do not
/// count.
fn item_end(tokens: &[TokenTree]) -> usize {
    let mut depth = 0_usize;
    let mut arrow = false;
    for (index, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Punct(punct) => {
                match punct.as_char() {
                    ';' => return index + 1,
                    '<' => depth += 1,
                    // The `>` of `->` and `=>` closes nothing.
                    '>' if !arrow => depth = depth.saturating_sub(1),
                    _ => {}
                }
                arrow = matches!(punct.as_char(), '-' | '=');
            }
            token if depth == 0 && braces(token).is_some() => return index + 1,
            _ => arrow = false,
        }
    }
    tokens.len()
}

/// The content of braces, which may be in the invisible group of a macro's `$body:block`.
pub(crate) fn braces(token: &TokenTree) -> Option<TokenStream> {
    match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Some(group.stream()),
        TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
            let mut inside = group.stream().into_iter();
            let only = inside.next().filter(|_| inside.next().is_none());
            only.as_ref().and_then(braces)
        }
        _ => None,
    }
}

fn is_group(token: &TokenTree, delimiter: Delimiter) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == delimiter)
}

/// Whether an invisible group contains items. A macro's `$vis` at the head of an item does not.
fn holds_items(group: &TokenTree) -> bool {
    let TokenTree::Group(group) = group else {
        return false;
    };
    let last = group.stream().into_iter().last();
    last.is_some_and(|last| is_punct(&last, ';') || braces(&last).is_some())
}

fn is_punct(token: &TokenTree, wanted: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == wanted)
}

/// The number of tokens of the outer attributes at the head of `tokens`, two for each.
fn skip_attributes(tokens: &[TokenTree]) -> usize {
    let hashes = tokens
        .iter()
        .step_by(2)
        .take_while(|token| is_punct(token, '#'));
    (2 * hashes.count()).min(tokens.len())
}

/// The number of tokens of the inner attributes at the head of `tokens`, three for each.
pub(crate) fn inner_attributes(tokens: &[TokenTree]) -> usize {
    let is_inner = |tokens: &&[TokenTree]| is_punct(&tokens[0], '#') && is_punct(&tokens[1], '!');
    3 * tokens.chunks_exact(3).take_while(is_inner).count()
}

/// The keyword of an item, after its visibility and qualifiers. For a `const fn` it is `const`.
fn keyword(tokens: &[TokenTree]) -> Option<String> {
    for token in tokens {
        match token {
            TokenTree::Ident(word) => match word.to_string().as_str() {
                "pub" | "crate" | "default" | "async" | "unsafe" | "safe" | "extern" | "auto" => {}
                word => return Some(word.to_owned()),
            },
            // The `"C"` of `extern "C"`, the `(crate)` of `pub(crate)`, and a macro's `$vis`.
            TokenTree::Literal(_) => {}
            TokenTree::Group(group) if group.delimiter() != Delimiter::Brace => {}
            _ => return None,
        }
    }
    None
}
