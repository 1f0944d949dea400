//! The macros of `event-core`, which re-exports and documents them; depend on that crate alone.
//!
//! Each macro goes through three stages: `args` and `target` read what is written, `check` judges
//! it and reports every mistake, and the expansion, which cannot fail, makes the tokens.

#![forbid(unsafe_code)]

mod args;
mod arguments;
mod awaits;
mod block;
mod capture;
mod check;
mod data;
mod diag;
mod exits;
mod expand;
mod inspect;
mod items;
mod kind;
mod listener;
mod listener_expand;
mod returned;
mod target;
mod trigger;

use proc_macro::TokenStream;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

#[doc = include_str!("../docs/trigger_event.md")]
#[proc_macro_attribute]
pub fn trigger_event(args: TokenStream, item: TokenStream) -> TokenStream {
    trigger::attribute(args.into(), item.into()).into()
}

#[doc = include_str!("../docs/listener.md")]
#[proc_macro_derive(Listener, attributes(listen))]
pub fn derive_listener(input: TokenStream) -> TokenStream {
    listener::derive(input.into()).into()
}

#[doc = include_str!("../docs/event_data.md")]
#[proc_macro_derive(EventData, attributes(data))]
pub fn derive_event_data(input: TokenStream) -> TokenStream {
    data::derive(input.into()).into()
}
