//! The macros of `event-core`, which re-exports them. Depend on that crate only.
//!
//! Each macro has three stages: `args` parses the grammar, `check` reports every mistake, and
//! `expand`, which cannot fail, generates the tokens.

#![forbid(unsafe_code)]

mod diag;
mod escape;
mod event_data;
mod kind_name;
mod listener;
mod runtime;
mod suggest;
mod syntax;
mod tool;
mod trigger_event;

use proc_macro::TokenStream;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

#[doc = include_str!("../docs/trigger_event.md")]
#[proc_macro_attribute]
pub fn trigger_event(args: TokenStream, item: TokenStream) -> TokenStream {
    trigger_event::attribute(args.into(), item.into()).into()
}

#[doc = include_str!("../docs/listener.md")]
#[proc_macro_derive(Listener, attributes(listen))]
pub fn derive_listener(input: TokenStream) -> TokenStream {
    listener::derive(input.into()).into()
}

#[doc = include_str!("../docs/event_data.md")]
#[proc_macro_derive(EventData, attributes(data))]
pub fn derive_event_data(input: TokenStream) -> TokenStream {
    event_data::derive(input.into()).into()
}
