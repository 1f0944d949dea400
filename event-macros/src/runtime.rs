//! The parts of the runtime crate that the expansions of several macros use.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::quote;
use syn::Path;

/// The path of the runtime crate: the one in `crate = …`, or `::event_core`.
pub(crate) fn crate_path(path: Option<Path>) -> TokenStream {
    path.map_or_else(|| quote!(::event_core), |path| quote!(#path))
}

/// Imports the traits among which [`captured`] chooses by method resolution.
pub(crate) fn tiers(private: &TokenStream) -> TokenStream {
    quote! {
        use #private::{
            TierBorrowed as _, TierName as _, TierNested as _, TierPrimitive as _, TierPrinted as _,
            TierShared as _, TierSharedDebug as _, TierTextual as _,
        };
    }
}

/// Imports the traits of [`tiers`] that need no auto trait of the value.
///
/// While a body is checked, the compiler does not know the auto traits of the closures in it. It
/// would choose a conversion that needs `Sync`, and report later that a closure lacks it.
pub(crate) fn tiers_without_auto_traits(private: &TokenStream) -> TokenStream {
    quote! {
        use #private::{
            TierName as _, TierNested as _, TierPrimitive as _, TierPrinted as _, TierTextual as _,
        };
    }
}

/// Imports the traits of [`tiers`] for the value of an expression that may contain a closure.
///
/// `TierBorrowed` is missing, for the reason of [`tiers_without_auto_traits`]. The value is made
/// owned, for which `TierPrinted` does the same.
pub(crate) fn tiers_of_closures(private: &TokenStream) -> TokenStream {
    let tiers = tiers_without_auto_traits(private);
    quote! {
        #tiers
        use #private::{TierShared as _, TierSharedDebug as _};
    }
}

/// Calls the best conversion that the type in `capture` has.
///
/// Method resolution removes one `&` at each step, so it tries the tier with the most `&` first.
pub(crate) fn captured(capture: &TokenStream) -> TokenStream {
    quote!((&&&&&&&#capture).__event_core_capture())
}

/// The same tokens at another place in the source.
pub(crate) fn located(tokens: &TokenStream, span: Span) -> TokenStream {
    let relocate = |mut token: TokenTree| {
        token.set_span(token.span().located_at(span));
        token
    };
    tokens.clone().into_iter().map(relocate).collect()
}

/// The same tokens with another span.
pub(crate) fn respanned(tokens: &TokenStream, span: Span) -> TokenStream {
    let respan = |mut token: TokenTree| {
        token.set_span(span);
        token
    };
    tokens.clone().into_iter().map(respan).collect()
}
