//! `#[trigger_event]` on functions, and on blocks of functions.

pub(crate) mod args;
pub(crate) mod attributes;
pub(crate) mod block;
pub(crate) mod check;
pub(crate) mod expand;
pub(crate) mod field;
pub(crate) mod params;
pub(crate) mod settings;
mod skip;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Error, parse2};

use self::args::TriggerArgs;
use self::attributes::{is_explicit, is_overridable, is_skip_alone, take_attributes};
use self::expand::origin::Origin;
use crate::syntax::function::Function;

/// Expands the attribute. If there are mistakes, returns the errors and the unchanged item.
pub(crate) fn attribute(args: TokenStream, item: TokenStream) -> TokenStream {
    match expand_item(args, item.clone()) {
        Ok(expanded) => expanded,
        Err(error) => {
            let mut errors = error.into_compile_error();
            errors.extend(item);
            errors
        }
    }
}

fn expand_item(args: TokenStream, item: TokenStream) -> Result<TokenStream, Error> {
    if is_skip_alone(&args) {
        return skip::attribute(&args, item);
    }
    if block::is_block(&item) {
        return block::attribute(args, item);
    }
    if !starts_item(&item) {
        // A closure or another expression: the compiler reports that it cannot have an attribute.
        return Ok(item);
    }
    expand_function(parse2(args)?, Function::read(item)?)
}

/// Whether `item` begins with an attribute or a word, unlike a closure.
fn starts_item(item: &TokenStream) -> bool {
    match item.clone().into_iter().next() {
        Some(TokenTree::Ident(word)) => word != "move" && word != "let",
        Some(TokenTree::Punct(punct)) => punct.as_char() == '#',
        Some(TokenTree::Group(group)) => group.delimiter() == Delimiter::None,
        _ => false,
    }
}

fn expand_function(args: TriggerArgs, mut function: Function) -> Result<TokenStream, Error> {
    let overridable = args.is_overridable();
    if overridable && function.attrs.iter().any(is_explicit) {
        return Ok(function.into_token_stream());
    }
    let mut all = vec![args];
    for attr in take_attributes(&mut function.attrs) {
        if overridable || !is_overridable(&attr) {
            all.push(TriggerArgs::of(&attr)?);
        }
    }
    let checked = check::check(all, &function)?;
    Ok(expand::expand(&checked, function, Origin::Direct, false).into_token_stream())
}
