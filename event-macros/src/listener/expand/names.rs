//! The names that the expansion defines. Their prefix keeps them distinct from names in user code.

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
/// Without the prefix, a pattern with this name would match the value of a constant of the same
/// name.
pub(crate) fn local(name: &str) -> Ident {
    Ident::new(&format!("__event_core_{name}"), Span::mixed_site())
}
