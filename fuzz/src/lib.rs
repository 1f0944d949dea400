//! What is fuzzed: the macros' expansion functions, and the names of kinds.
//!
//! A target takes any bytes and panics if a promise is broken. `cargo +nightly fuzz run attribute` looks for such
//! bytes; `tests/replay.rs` runs what is in `corpus/`, and small changes of it, by any compiler.
//!
//! A macro crate shows nothing but its macros, so its files are compiled into this crate.

// Each is a file of `event-macros`, whose own lints look at it there.
#![allow(dead_code, unreachable_pub, reason = "the files are another crate's")]

macro_rules! files_of_event_macros {
    ($($path:literal $name:ident)*) => { $(
        #[path = $path]
        mod $name;
    )* };
}

files_of_event_macros! {
    "../../event-macros/src/diag.rs" diag
    "../../event-macros/src/event_data/mod.rs" event_data
    "../../event-macros/src/kind_name.rs" kind_name
    "../../event-macros/src/listener/mod.rs" listener
    "../../event-macros/src/runtime.rs" runtime
    "../../event-macros/src/suggest.rs" suggest
    "../../event-macros/src/syntax/mod.rs" syntax
    "../../event-macros/src/trigger_event/mod.rs" trigger_event
}

mod names;

use std::str::FromStr;

use proc_macro2::TokenStream;

pub use names::kinds;

/// `#[trigger_event(LINE)]` on what stands behind the first line.
///
/// # Panics
///
/// Panics when the macro does, or when it makes something that does not parse of an item that does.
pub fn attribute(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let (args, item) = text.split_once('\n').unwrap_or((text, ""));
    let (Ok(args), Ok(item)) = (TokenStream::from_str(args), TokenStream::from_str(item)) else {
        return;
    };
    let one_item = |file: syn::File| file.attrs.is_empty() && file.items.len() == 1;
    let parsed = syn::parse2(item.clone()).is_ok_and(one_item);
    let expanded = trigger_event::attribute(args, item);
    check(parsed, &expanded);
}

/// What `#[trigger_event(args)]` makes of `item`.
///
/// # Panics
///
/// Panics when either is not made of tokens.
#[must_use]
pub fn expanded(args: &str, item: &str) -> String {
    let tokens = |text: &str| TokenStream::from_str(text).expect("it is made of tokens");
    trigger_event::attribute(tokens(args), tokens(item)).to_string()
}

/// `#[derive(Listener, EventData)]` on the input.
///
/// # Panics
///
/// Panics when a derive does, or makes something that does not parse of an item that does.
pub fn derives(data: &[u8]) {
    let Some(item) = std::str::from_utf8(data)
        .ok()
        .and_then(|text| TokenStream::from_str(text).ok())
    else {
        return;
    };
    let parsed = syn::parse2::<syn::DeriveInput>(item.clone()).is_ok();
    check(parsed, &listener::derive(item.clone()));
    check(parsed, &event_data::derive(item));
}

fn check(parsed: bool, expanded: &TokenStream) {
    match syn::parse2::<syn::File>(expanded.clone()) {
        Err(error) if parsed => panic!("what is made does not parse: {error}\n{expanded}"),
        _ => {}
    }
}
