//! `#[trigger_event(skip)]`, where it is expanded by itself.
//!
//! An annotated block removes the attribute only if another macro would see it. Otherwise it is
//! expanded here, as it is outside of a block or under another name.

use proc_macro2::{TokenStream, TokenTree};
use syn::Error;

use super::attributes::{Attributes, is_overridable};
use super::block::items::Item;
use super::expand::origin::Origin;
use crate::syntax::words::any_word;

/// Removes the attributes that blocks added to `item`.
///
/// Reports an item that a block has annotated before, because its arguments would be captured.
pub(crate) fn attribute(skip: &TokenStream, item: TokenStream) -> Result<TokenStream, Error> {
    if contains_callsite(item.clone()) {
        return Err(Error::new_spanned(
            skip,
            "another attribute has already annotated this item, so that `skip` comes too late; \
             write `#[event_core::trigger_event(skip)]`",
        ));
    }
    let tokens: Vec<TokenTree> = item.clone().into_iter().collect();
    let Some(first) = Item::next(&tokens) else {
        return Ok(item);
    };
    let attributes = Attributes::new(first.attributes());
    if !attributes.triggers.iter().any(is_overridable) {
        return Ok(item);
    }
    let mut kept = attributes.others;
    for attribute in attributes.triggers.iter().filter(|it| !is_overridable(it)) {
        quote::ToTokens::to_tokens(attribute, &mut kept);
    }
    kept.extend(first.without_attributes().iter().cloned());
    kept.extend(tokens[first.tokens.len()..].iter().cloned());
    Ok(kept)
}

/// Whether attributes were expanded in `tokens`.
///
/// Those of functions in an annotated block remain when the block is skipped.
fn contains_callsite(tokens: TokenStream) -> bool {
    any_word(tokens, &|word| {
        Origin::of_callsite(word).is_some_and(|origin| origin != Origin::Own)
    })
}
