//! The attribute on an `impl`, a `trait` or an inline `mod`, which annotates every function inside.
//!
//! Each function gets an attribute. All other tokens of the block stay as they are.

mod check;
mod expand;
mod items;
mod tree;

use proc_macro2::{TokenStream, TokenTree};
use syn::Error;

use self::items::{Item, ItemKind};
use self::tree::AnnotatedBlock;

/// Whether `item` is an `impl`, a `trait` or a `mod` with a body.
pub(crate) fn is_block(item: &TokenStream) -> bool {
    let tokens: Vec<TokenTree> = item.clone().into_iter().collect();
    Item::next(&tokens).is_some_and(|item| matches!(item.kind, ItemKind::Block))
}

/// Expands the attribute on a block.
pub(crate) fn attribute(args: TokenStream, block: TokenStream) -> Result<TokenStream, Error> {
    let block = AnnotatedBlock::parse(args, block)?;
    let attributes = check::check(&block)?;
    Ok(expand::expand(&attributes, &block))
}
