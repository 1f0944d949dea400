//! The `err` of a block: which of its functions return a `Result`.
//!
//! Only the types can tell. The expansion of each function sees its own. That some function of the
//! block returns a `Result` is demanded in one of them, which names the types of all.

use std::collections::HashSet;
use std::ptr;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Attribute, GenericParam, Lifetime, Type};

use super::tree::{AnnotatedBlock, BlockFunction, FunctionNode, Placement};
use crate::runtime::located;
use crate::syntax::function::Function;
use crate::syntax::return_type::{MaybeResult, has_impl};
use crate::syntax::words::collect_words;

/// How a block ensures that its `err` sees a `Result`.
pub(crate) enum Demand<'a> {
    /// No function may return a `Result`.
    Impossible,
    /// The only function that may return a `Result` must return one, as for an `err` on it.
    OfOnly,
    /// Some function must return a `Result`. The expansion of `host` demands it.
    OfAny {
        host: &'a FunctionNode,
        candidates: Vec<Candidate>,
    },
    /// No expansion can name the types of all functions.
    None,
}

/// A type that may be a `Result`.
pub(crate) struct Candidate {
    /// The `#[cfg(…)]` of the function.
    cfg: Vec<Attribute>,
    ty: TokenStream,
}

impl<'a> Demand<'a> {
    pub(crate) fn new(block: &'a AnnotatedBlock) -> Self {
        let all = block.functions();
        let mut functions = Vec::new();
        let mut types = Vec::new();
        for function in &all {
            match MaybeResult::new(&function.function.sig.output) {
                MaybeResult::No => continue,
                MaybeResult::Hidden => types.push(None),
                MaybeResult::Type(ty) => types.push(Some(ty)),
            }
            functions.push(*function);
        }
        // A function or a block with a renamed attribute may use that attribute only.
        match functions.len() {
            0 if !all.is_empty() => return Self::Impossible,
            0 => return Self::None,
            _ if block.has_renamed() => return Self::None,
            1 => return Self::OfOnly,
            _ => {}
        }
        match candidates(&functions, &types) {
            Some(candidates) => Self::OfAny {
                host: functions[0].node,
                candidates,
            },
            None => Self::None,
        }
    }

    /// The statement that `function` gets for the `err` of its block.
    pub(crate) fn statement(
        &self,
        node: &FunctionNode,
        private: &TokenStream,
        err: &Ident,
    ) -> Option<TokenStream> {
        match self {
            Self::OfAny { host, candidates } if ptr::eq(*host, node) => {
                Some(demand(candidates, private, err))
            }
            _ => None,
        }
    }
}

/// The types, as the body of each function can name them. `None` if it cannot.
fn candidates(
    functions: &[BlockFunction<'_>],
    types: &[Option<Box<Type>>],
) -> Option<Vec<Candidate>> {
    let generics: HashSet<String> = functions
        .iter()
        .flat_map(|it| own_generics(it.function))
        .collect();
    let mut candidates: Vec<Candidate> = Vec::new();
    for (
        BlockFunction {
            function,
            node,
            siblings,
        },
        ty,
    ) in functions.iter().zip(types)
    {
        let is_plain = ptr::eq(*siblings, functions[0].siblings)
            && node.placement == Placement::InPlace
            && function.sig.generics.where_clause.is_none();
        let ty = nameable(ty.as_deref().filter(|_| is_plain)?, &generics)?;
        let is_cfg = |attr: &&Attribute| attr.path().is_ident("cfg");
        let cfg: Vec<Attribute> = function.attrs.iter().filter(is_cfg).cloned().collect();
        let text = ty.to_string();
        let is_known = |known: &Candidate| known.cfg.is_empty() && known.ty.to_string() == text;
        if !candidates.iter().any(is_known) {
            candidates.push(Candidate { cfg, ty });
        }
    }
    Some(candidates)
}

/// The names of the types and constants that a function has as parameters.
fn own_generics(function: &Function) -> Vec<String> {
    let params = function.sig.generics.params.iter();
    let name = |param: &GenericParam| match param {
        GenericParam::Type(param) => Some(param.ident.to_string()),
        GenericParam::Const(param) => Some(param.ident.to_string()),
        GenericParam::Lifetime(_) => None,
    };
    params.filter_map(name).collect()
}

/// The type without its lifetimes, which the compiler infers.
fn nameable(ty: &Type, generics: &HashSet<String>) -> Option<TokenStream> {
    let tokens = ty.to_token_stream();
    let mut words = HashSet::new();
    collect_words(tokens.clone(), &mut words);
    let has_binder = ["fn", "for", "Fn", "FnMut", "FnOnce"]
        .iter()
        .any(|word| words.contains(*word));
    let is_nameable = !has_binder && !has_impl(tokens.clone()) && words.is_disjoint(generics);
    is_nameable.then(|| without_lifetimes(tokens))
}

fn without_lifetimes(tokens: TokenStream) -> TokenStream {
    let mut after_quote = false;
    let infer = |token: TokenTree| match token {
        TokenTree::Group(group) => {
            after_quote = false;
            let inside = without_lifetimes(group.stream());
            let mut without = proc_macro2::Group::new(group.delimiter(), inside);
            without.set_span(group.span());
            TokenTree::Group(without)
        }
        TokenTree::Ident(word) if std::mem::take(&mut after_quote) => {
            TokenTree::Ident(Lifetime::new("'_", word.span()).ident)
        }
        token => {
            after_quote = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '\'');
            token
        }
    };
    tokens.into_iter().map(infer).collect()
}

// Output:
//
//     if false {
//         use private::{TypeOfAny as _, TypeOfFuture as _, TypeOfResult as _};
//         let any = No;
//         let any = any.or((&&MaybeResultType::<T>::new()).__event_core_is_result());
//         …
//         AnyResult::demand(any);
//     }
fn demand(candidates: &[Candidate], private: &TokenStream, err: &Ident) -> TokenStream {
    let types = candidates.iter().map(|Candidate { cfg, ty }| {
        quote_spanned! {Span::mixed_site()=>
            #(#cfg)*
            let __event_core_any = __event_core_any.or(
                (&&#private::MaybeResultType::<#ty>::new()).__event_core_is_result()
            );
        }
    });
    // The compiler reports the error at the word.
    let span = Span::mixed_site().located_at(err.span());
    let located = located(private, span);
    let checked = quote_spanned!(span=> #located::AnyResult::demand(__event_core_any););
    let start = quote_spanned! {Span::mixed_site()=>
        use #private::{TypeOfAny as _, TypeOfFuture as _, TypeOfResult as _};
        let __event_core_any = #private::No;
    };
    quote!(if false { #start #(#types)* #checked })
}
