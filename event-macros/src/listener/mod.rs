//! `#[derive(Listener)]`: a listener that consists of methods and of other listeners.

mod args;
mod check;
mod expand;

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, parse2};

use self::check::Checked;

/// Expands the derive. If there are mistakes, returns the errors and a listener that does nothing.
pub(crate) fn derive(input: TokenStream) -> TokenStream {
    let input = match parse2::<DeriveInput>(input) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    match Checked::new(&input) {
        Ok(checked) => expand::expand(&input, &checked),
        Err(error) => {
            let errors = error.into_compile_error();
            let fallback = expand::expand(&input, &Checked::fallback(&input));
            quote!(#errors #fallback)
        }
    }
}
