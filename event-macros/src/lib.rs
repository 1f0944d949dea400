//! The macros of `event-core`, which re-exports and documents them; depend on that crate alone.
//!
//! Each macro goes through three stages: `args` and `target` read what is written, `check` judges
//! it and reports every mistake, and the expansion, which cannot fail, makes the tokens.

mod args;
mod arguments;
mod block;
mod capture;
mod check;
mod diag;
mod exits;
mod expand;
mod kind;
mod returned;
mod target;
mod trigger;

use proc_macro::TokenStream;

#[doc = include_str!("../docs/trigger_event.md")]
#[proc_macro_attribute]
pub fn trigger_event(args: TokenStream, item: TokenStream) -> TokenStream {
    trigger::attribute(args.into(), item.into()).into()
}
