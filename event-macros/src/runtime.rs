//! The parts of the runtime crate that the expansions of several macros use.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Path;

/// The path of the runtime crate: the one in `crate = …`, or `::event_core`.
pub(crate) fn crate_path(path: Option<Path>) -> TokenStream {
    path.map_or_else(|| quote!(::event_core), |path| quote!(#path))
}

/// Imports the traits among which [`captured`] chooses by method resolution.
pub(crate) fn tiers(private: &TokenStream) -> TokenStream {
    quote! {
        #[allow(unused_imports)]
        use #private::{
            TierBorrowed as _, TierName as _, TierNested as _, TierPrimitive as _, TierPrinted as _,
            TierShared as _, TierSharedDebug as _, TierTextual as _,
        };
    }
}

/// Calls the best conversion that the type in `capture` has.
///
/// Method resolution removes one `&` at each step, so it tries the tier with the most `&` first.
pub(crate) fn captured(capture: &TokenStream) -> TokenStream {
    quote!((&&&&&&&#capture).__event_core_capture())
}
