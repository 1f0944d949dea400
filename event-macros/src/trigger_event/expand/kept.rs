//! The expansion of a function that keeps its own body, as [`tool`](crate::tool) demands.

use std::collections::HashSet;

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::parse::{ParseStream, Parser};
use syn::{Block, GenericParam, Item, Stmt};

use super::expansion::kind;
use super::origin::Origin;
use crate::syntax::function::Function;
use crate::syntax::return_type::has_impl;
use crate::syntax::words::collect_words;
use crate::trigger_event::check::{Checked, Source};
use crate::trigger_event::settings::Kind;

// Input:
//
//     #[trigger_event(KIND, data(len = text.len()))]
//     fn f(text: &str) -> R {
//         use Tree::Leaf;
//         body
//     }
//
// Output:
//
//     fn f(text: &str) -> R {
//         use Tree::Leaf;
//         if false {
//             static EVENT_CORE_CALLSITE: Kind = KIND;
//             let _ = (&EVENT_CORE_CALLSITE, current_event());
//             let _ = &(text.len());
//         }
//         body
//     }
//
// The kind and the expressions count as used, and the compiler checks their types. The call of
// `current_event` keeps clippy from suggesting a `const fn`, which cannot be annotated. The
// statement follows the items of the body, because clippy reports items after statements. If one of
// these items may shadow a name in the statement, the body becomes an inner block instead.
pub(crate) fn expand(attributes: &[Checked], mut function: Function, origin: Origin) -> Function {
    let uses: TokenStream = attributes
        .iter()
        .filter(|checked| !is_trivial(checked) || may_be_const(&function))
        .map(|checked| uses(checked, origin))
        .collect();
    if uses.is_empty() {
        return function;
    }
    if shadows(&function.body, &words(attributes)) {
        let inner = function.braced(&function.body);
        function.body = quote!(#uses #inner);
        return function;
    }
    let (items, rest) = split_items(&function.body);
    // A lint about `#[inline]` ignores functions whose first statement is an item.
    let item = function.body.is_empty().then(|| {
        quote!(
            const _: () = ();
        )
    });
    function.body = quote!(#items #item #uses #rest);
    function
}

/// The statement that uses the kind and the expressions of an attribute.
fn uses(checked: &Checked, origin: Origin) -> TokenStream {
    let krate = &checked.krate;
    let kind = kind(checked);
    let callsite = origin.callsite();
    let values = checked
        .fields
        .iter()
        .filter_map(|field| match &field.source {
            Source::Implicit(_) | Source::Redacted(_) => None,
            Source::Explicit(name) => Some(name.to_token_stream()),
            Source::Plain(expr) | Source::Debug(expr) | Source::Display(expr) => {
                Some(quote_spanned!(Span::mixed_site()=> (#expr)))
            }
        });
    quote_spanned! {Span::mixed_site()=>
        if false {
            static #callsite: #krate::Kind = #kind;
            let _ = (&#callsite, #krate::current_event());
            #(let _ = &#values;)*
        }
    }
}

/// Whether nothing in an attribute must count as used.
fn is_trivial(checked: &Checked) -> bool {
    let mut fields = checked.fields.iter();
    matches!(checked.kind, Kind::Literal(_) | Kind::Module)
        && !checked.names_crate
        && !fields.any(|field| field.source.is_in_data())
}

/// Whether clippy may suggest a `const fn`, unless the body prevents that.
///
/// A lint about type parameters ignores functions whose body is empty, so that it stays empty.
fn may_be_const(function: &Function) -> bool {
    let sig = &function.sig;
    let is_type = |param: &GenericParam| matches!(param, GenericParam::Type(_));
    let is_generic = sig.generics.params.iter().any(is_type);
    sig.asyncness.is_none()
        && !has_impl(sig.to_token_stream())
        && !(function.body.is_empty() && is_generic)
}

/// The words in the kinds and the expressions, which are names outside of the body.
fn words(attributes: &[Checked]) -> HashSet<String> {
    let mut words = HashSet::new();
    for checked in attributes {
        if let Kind::Path(path) = &checked.kind {
            collect_words(path.to_token_stream(), &mut words);
        }
        for field in &checked.fields {
            collect_words(field.source.to_token_stream(), &mut words);
        }
    }
    words
}

/// Whether an item of the body may have a name that is one of `words`.
fn shadows(body: &TokenStream, words: &HashSet<String>) -> bool {
    if words.is_empty() {
        return false;
    }
    let Ok(statements) = Block::parse_within.parse2(body.clone()) else {
        return true;
    };
    statements.iter().any(|statement| match statement {
        Stmt::Item(Item::Use(item)) => {
            let item = item.to_token_stream();
            item.to_string().contains('*') || has_word(item, words)
        }
        Stmt::Item(item) => {
            let tokens = item.to_token_stream().into_iter();
            let outer = tokens.filter(|token| !matches!(token, TokenTree::Group(_)));
            has_word(outer.collect(), words)
        }
        _ => false,
    })
}

fn has_word(tokens: TokenStream, words: &HashSet<String>) -> bool {
    let mut found = HashSet::new();
    collect_words(tokens, &mut found);
    !found.is_disjoint(words)
}

/// Separates the items at the head of a body from the rest.
fn split_items(body: &TokenStream) -> (TokenStream, TokenStream) {
    let count_rest = |input: ParseStream<'_>| {
        let mut rest = input.fork();
        let fork = input.fork();
        while matches!(fork.parse(), Ok(Stmt::Item(_))) {
            rest = fork.fork();
        }
        input.parse::<TokenStream>()?;
        Ok(rest.parse::<TokenStream>()?.into_iter().count())
    };
    let tokens: Vec<TokenTree> = body.clone().into_iter().collect();
    let count = count_rest.parse2(body.clone()).unwrap_or(tokens.len());
    let (items, rest) = tokens.split_at(tokens.len() - count);
    (
        items.iter().cloned().collect(),
        rest.iter().cloned().collect(),
    )
}
