//! The attribute on an `impl`, a `trait` or an inline `mod`: it is handed on to every function
//! inside.
//!
//! Blocks are read as tokens, not parsed: nothing in them is changed but that functions get an
//! attribute, whatever else there is.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{Attribute, Error, ReturnType, Type, parse2};

use crate::args::{SettingValue, TriggerArgs};
use crate::check::check_block;
use crate::target::Function;
use crate::trigger::is_ours;

/// Whether `item` is an `impl`, a `trait` or a `mod` with a body.
pub(crate) fn is_block(item: &TokenStream) -> bool {
    let tokens: Vec<TokenTree> = item.clone().into_iter().collect();
    Item::next(&tokens).is_some_and(|item| matches!(item.what, What::Block(_)))
}

/// Hands `args` on to every function in `block`.
pub(crate) fn expand(args: TokenStream, block: TokenStream) -> Result<TokenStream, Error> {
    let read = parse2::<TriggerArgs>(args.clone())?;
    let krate = check_block(&read)?;
    let attribute = quote!(#krate::trigger_event);
    let annotate = Annotate {
        args,
        read,
        attribute,
    };
    let mut expanded = TokenStream::new();
    annotate.items(block, &mut expanded);
    Ok(expanded)
}

/// One item of a block: everything up to its `;` or its braces.
struct Item<'a> {
    tokens: &'a [TokenTree],
    /// Where the attributes end.
    head: usize,
    what: What,
}

enum What {
    Function,
    /// With the place of its braces.
    Block(usize),
    Other,
}

impl<'a> Item<'a> {
    /// The first item of `tokens`, if there is any token.
    fn next(tokens: &'a [TokenTree]) -> Option<Self> {
        let ends = |token: &TokenTree| is_punct(token, ';') || is_braces(token);
        let head = skip_attributes(tokens);
        let end = tokens
            .iter()
            .skip(head)
            .position(ends)
            .map_or(tokens.len(), |end| head + end + 1);
        let tokens = tokens.get(..end).filter(|tokens| !tokens.is_empty())?;
        let with_body = tokens.last().is_some_and(is_braces);
        let what = match keyword(&tokens[head..]).as_deref() {
            Some("fn") if with_body => What::Function,
            Some("impl" | "trait" | "mod") if with_body => What::Block(end - 1),
            _ => What::Other,
        };
        Some(Self { tokens, head, what })
    }
}

fn is_punct(token: &TokenTree, wanted: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == wanted)
}

fn is_braces(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
}

/// How many tokens the attributes at the head of `tokens` are.
fn skip_attributes(tokens: &[TokenTree]) -> usize {
    let hashes = tokens
        .iter()
        .step_by(2)
        .take_while(|token| is_punct(token, '#'));
    (2 * hashes.count()).min(tokens.len())
}

/// The word that says what an item is, behind its visibility and qualifiers; none for a
/// `const fn`, which is passed over.
fn keyword(tokens: &[TokenTree]) -> Option<String> {
    for token in tokens {
        match token {
            TokenTree::Ident(word) => match word.to_string().as_str() {
                "pub" | "crate" | "default" | "async" | "unsafe" | "safe" | "extern" | "auto" => {}
                word => return Some(word.to_owned()),
            },
            // `pub(crate)`, `extern "C"`, and the invisible group of a macro's `$vis`.
            TokenTree::Literal(_) => {}
            TokenTree::Group(group) if group.delimiter() != Delimiter::Brace => {}
            _ => return None,
        }
    }
    None
}

struct Annotate {
    args: TokenStream,
    read: TriggerArgs,
    /// The path of the attribute.
    attribute: TokenStream,
}

impl Annotate {
    fn items(&self, block: TokenStream, expanded: &mut TokenStream) {
        let tokens: Vec<TokenTree> = block.into_iter().collect();
        let (inner, mut rest) = tokens.split_at(inner_attributes(&tokens));
        expanded.extend(inner.iter().cloned());
        while let Some(item) = Item::next(rest) {
            rest = &rest[item.tokens.len()..];
            match item.what {
                What::Function => self.function(&item, expanded),
                What::Block(braces) => self.block(&item, braces, expanded),
                What::Other => expanded.extend(item.tokens.iter().cloned()),
            }
        }
    }

    fn block(&self, item: &Item<'_>, braces: usize, expanded: &mut TokenStream) {
        let (head, body) = item.tokens.split_at(braces);
        let (attrs, left_out) = own_attributes(&head[..item.head]);
        if left_out || has_own(&attrs) {
            expanded.extend(attrs);
            expanded.extend(item.tokens[item.head..].iter().cloned());
            return;
        }
        expanded.extend(head.iter().cloned());
        if let [TokenTree::Group(body)] = body {
            let mut inside = TokenStream::new();
            self.items(body.stream(), &mut inside);
            let mut group = Group::new(Delimiter::Brace, inside);
            group.set_span(body.span());
            expanded.extend([TokenTree::Group(group)]);
        }
    }

    fn function(&self, item: &Item<'_>, expanded: &mut TokenStream) {
        let (attrs, left_out) = own_attributes(&item.tokens[..item.head]);
        if !(left_out || has_own(&attrs)) {
            let (attribute, args) = (&self.attribute, self.args_for(item.tokens));
            expanded.extend(quote!(#[#attribute(#args)]));
        }
        expanded.extend(attrs);
        expanded.extend(item.tokens[item.head..].iter().cloned());
    }

    /// The arguments that make sense for one function: `skip` of what it has, `err` where it
    /// returns a `Result`.
    fn args_for(&self, function: &[TokenTree]) -> TokenStream {
        let narrows = |key: &str| key == "skip" || key == "err";
        if !self
            .read
            .options
            .iter()
            .any(|option| narrows(&option.key.to_string()))
        {
            return self.args.clone();
        }
        let tokens = function.iter().cloned().collect();
        let Ok(function) = parse2::<Function>(tokens) else {
            return self.args.clone();
        };
        let names = function.bindings();
        let mut args = self.read.kind.to_token_stream();
        for option in &self.read.options {
            let key = &option.key;
            match &option.value {
                SettingValue::Names(skip) => {
                    let skip = skip.iter().filter(|name| names.contains(name));
                    args.extend(quote!(, skip(#(#skip),*)));
                }
                SettingValue::Path(path) => args.extend(quote!(, #key = #path)),
                _ if key == "err" && !returns_result(&function.sig.output) => {}
                _ => args.extend(quote!(, #key)),
            }
        }
        args
    }
}

/// How many of the first tokens are `#![…]`.
fn inner_attributes(tokens: &[TokenTree]) -> usize {
    let is_inner = |tokens: &&[TokenTree]| is_punct(&tokens[0], '#') && is_punct(&tokens[1], '!');
    3 * tokens.chunks_exact(3).take_while(is_inner).count()
}

fn returns_result(output: &ReturnType) -> bool {
    let ReturnType::Type(_, output) = output else {
        return false;
    };
    let Type::Path(output) = &**output else {
        return false;
    };
    output
        .path
        .segments
        .last()
        .is_some_and(|last| last.ident.to_string().ends_with("Result"))
}

/// Attributes without `#[trigger_event(skip)]`, and whether that was among them.
fn own_attributes(tokens: &[TokenTree]) -> (TokenStream, bool) {
    let mut kept = TokenStream::new();
    let mut left_out = false;
    for attribute in tokens.chunks(2) {
        if is_skip(attribute) {
            left_out = true;
        } else {
            kept.extend(attribute.iter().cloned());
        }
    }
    (kept, left_out)
}

fn parse_attribute(tokens: TokenStream) -> Option<Attribute> {
    let mut attrs = syn::parse::Parser::parse2(Attribute::parse_outer, tokens).ok()?;
    attrs.pop()
}

fn is_skip(attribute: &[TokenTree]) -> bool {
    let attribute = parse_attribute(attribute.iter().cloned().collect());
    attribute.is_some_and(|attribute| {
        is_ours(&attribute)
            && attribute
                .parse_args::<TokenStream>()
                .is_ok_and(|args| is_skip_alone(&args))
    })
}

/// Whether the arguments are those that leave a function out of its block.
pub(crate) fn is_skip_alone(args: &TokenStream) -> bool {
    args.to_string() == "skip"
}

fn has_own(attrs: &TokenStream) -> bool {
    let attrs = syn::parse::Parser::parse2(Attribute::parse_outer, attrs.clone());
    attrs.is_ok_and(|attrs| attrs.iter().any(is_ours))
}
