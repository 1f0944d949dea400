//! Fuzz targets: the expansion functions of the macros, and the names of kinds.
//!
//! A target accepts any bytes and panics if a promise is broken. `cargo +nightly fuzz run
//! attribute` searches for such bytes. `tests/replay.rs` runs the inputs in `corpus/` and small
//! changes of them, with any compiler.
//!
//! A macro crate exports only macros, so the files of `event-macros` are compiled into this crate.

// The files are linted as part of `event-macros`.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "the files belong to another crate"
)]

macro_rules! files_of_event_macros {
    ($($path:literal $name:ident)*) => { $(
        #[path = $path]
        mod $name;
    )* };
}

files_of_event_macros! {
    "../../event-macros/src/diag.rs" diag
    "../../event-macros/src/escape.rs" escape
    "../../event-macros/src/event_data/mod.rs" event_data
    "../../event-macros/src/kind_name.rs" kind_name
    "../../event-macros/src/listener/mod.rs" listener
    "../../event-macros/src/runtime.rs" runtime
    "../../event-macros/src/suggest.rs" suggest
    "../../event-macros/src/syntax/mod.rs" syntax
    "../../event-macros/src/tool.rs" tool
    "../../event-macros/src/trigger_event/mod.rs" trigger_event
}

mod names;

use std::str::FromStr;

use proc_macro2::TokenStream;

pub use names::kinds;

/// Expands `#[trigger_event(LINE)]`, where `LINE` is the first line of the input and the rest is
/// the item.
///
/// # Panics
///
/// Panics if the macro panics, or if the item parses but its expansion does not.
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

/// Returns the expansion of `#[trigger_event(args)]` on `item`.
///
/// # Panics
///
/// Panics if `args` or `item` is not a valid sequence of tokens.
#[must_use]
pub fn expanded(args: &str, item: &str) -> String {
    let tokens = |text: &str| TokenStream::from_str(text).expect("valid tokens");
    trigger_event::attribute(tokens(args), tokens(item)).to_string()
}

/// Returns whether the macros refuse the character in kinds and names.
#[must_use]
pub fn is_escaped(character: char) -> bool {
    escape::is_escaped(character)
}

/// Expands `#[derive(Listener, EventData)]` on the input.
///
/// # Panics
///
/// Panics if a derive panics, or if the input parses but an expansion does not.
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
        Err(error) if parsed => panic!("the expansion does not parse: {error}\n{expanded}"),
        _ => {}
    }
}
