//! The names that the expansion defines, with a prefix that the user's code does not contain.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

/// The name by which the expansion imports the runtime crate.
///
/// A wrong path in `crate = …` then causes only one error, at the import.
pub(crate) fn krate() -> TokenStream {
    quote!(__event_core)
}

/// The name of a local variable.
///
/// In a pattern, the name of a constant would match its value. The prefix prevents that.
pub(crate) fn local(name: &str) -> Ident {
    Ident::new(&format!("__event_core_{name}"), Span::mixed_site())
}
