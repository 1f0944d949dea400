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
    "../../event-macros/src/args.rs" args
    "../../event-macros/src/arguments.rs" arguments
    "../../event-macros/src/awaits.rs" awaits
    "../../event-macros/src/block.rs" block
    "../../event-macros/src/capture.rs" capture
    "../../event-macros/src/check.rs" check
    "../../event-macros/src/data.rs" data
    "../../event-macros/src/diag.rs" diag
    "../../event-macros/src/exits.rs" exits
    "../../event-macros/src/expand/mod.rs" expand
    "../../event-macros/src/inspect.rs" inspect
    "../../event-macros/src/items.rs" items
    "../../event-macros/src/kind.rs" kind
    "../../event-macros/src/listener.rs" listener
    "../../event-macros/src/listener_expand.rs" listener_expand
    "../../event-macros/src/returned.rs" returned
    "../../event-macros/src/target.rs" target
    "../../event-macros/src/trigger.rs" trigger
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
    let expanded = trigger::attribute(args, item);
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
    trigger::attribute(tokens(args), tokens(item)).to_string()
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
    check(parsed, &data::derive(item));
}

fn check(parsed: bool, expanded: &TokenStream) {
    match syn::parse2::<syn::File>(expanded.clone()) {
        Err(error) if parsed => panic!("what is made does not parse: {error}\n{expanded}"),
        _ => {}
    }
}
