//! The runtime crate, by the path that the user gave, and what expansions use of it.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Path;

/// The path of the runtime crate: the one in `crate = …`, or `::event_core`.
pub(crate) fn crate_path(path: Option<Path>) -> TokenStream {
    path.map_or_else(|| quote!(::event_core), |path| quote!(#path))
}

/// The conversions that [`captured`] chooses from.
pub(crate) fn tiers(private: &TokenStream) -> TokenStream {
    quote! {
        #[allow(unused_imports)]
        use #private::{
            TierBorrowed as _, TierName as _, TierNested as _, TierPrimitive as _, TierPrinted as _,
            TierShared as _, TierSharedDebug as _, TierTextual as _,
        };
    }
}

/// The best conversion of what `capture` wraps.
pub(crate) fn captured(capture: &TokenStream) -> TokenStream {
    quote!((&&&&&&&#capture).__event_core_capture())
}
