//! The attribute on an `impl`, a `trait` or an inline `mod`, which annotates every function inside.
//!
//! The functions are expanded in place where possible. All other tokens of the block stay as they
//! are.

mod check;
mod expand;
pub(crate) mod items;
mod results;
mod tree;

use proc_macro2::{TokenStream, TokenTree};
use syn::Error;

use self::items::{Item, ItemKind};
use self::results::Demand;
use self::tree::AnnotatedBlock;

/// Whether `item` is an `impl`, a `trait` or a `mod` with a body.
pub(crate) fn is_block(item: &TokenStream) -> bool {
    let tokens: Vec<TokenTree> = item.clone().into_iter().collect();
    Item::next(&tokens).is_some_and(|item| matches!(item.kind, ItemKind::Block))
}

/// Expands the attribute on a block.
pub(crate) fn attribute(args: TokenStream, block: TokenStream) -> Result<TokenStream, Error> {
    let block = AnnotatedBlock::parse(args, block)?;
    let demand = Demand::new(&block);
    let attributes = check::check(&block, &demand)?;
    Ok(expand::expand(&attributes, &block))
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    fn expand(block: TokenStream) -> String {
        let expanded = attribute(quote!("app:work", err), block);
        expanded.expect("the block is valid").to_string()
    }

    /// Macros such as `mockall::automock` copy the attributes of the functions, or refuse them.
    #[test]
    fn functions_of_a_block_keep_no_attribute_that_another_macro_sees() {
        let expanded = expand(quote! {
            #[automock]
            trait Work {
                #[must_use]
                fn work(&self) -> Result<u8, u8> { Ok(1) }
                #[trigger_event(skip)]
                fn skipped(&self) {}
                #[trigger_event("app:own")]
                fn own(&self) {}
            }
        });
        assert!(expanded.contains("EVENT_CORE_CALLSITE"), "{expanded}");
        assert!(expanded.contains("EVENT_CORE_OWN_CALLSITE"), "{expanded}");
        let in_bodies = "# [trigger_event (skip)] const _ : () = () ;";
        let outside = expanded.replace(in_bodies, "");
        assert!(!outside.contains("trigger_event"), "{expanded}");
    }

    #[test]
    fn attribute_that_may_be_renamed_precedes_the_attribute_of_the_block() {
        let expanded = expand(quote! {
            impl Work {
                #[traced(skip)]
                fn work(&self) -> Result<u8, u8> { Ok(1) }
            }
        });
        let own = expanded.find("traced").expect("it stays");
        let block = expanded.find("trigger_event").expect("it is added");
        assert!(own < block, "{expanded}");
    }
}
