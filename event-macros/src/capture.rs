//! Capture: the tokens that turn arguments and expressions into an event's fields.

use proc_macro2::TokenStream;
use quote::quote;

use crate::check::{Checked, Source};

/// `[Field, …]`, in a block that brings the conversions into scope for itself alone.
pub(crate) fn fields(checked: &Checked) -> TokenStream {
    let private = private(checked);
    let fields = checked.fields.iter().map(|field| {
        let (name, value) = (&field.name, value(&field.value, &private));
        quote!(#private::Field::new(#name, #value))
    });
    let tiers = tiers(&private);
    quote!({ #tiers [#(#fields),*] })
}

pub(crate) fn private(checked: &Checked) -> TokenStream {
    let krate = &checked.krate;
    quote!(#krate::__private)
}

/// The conversions that [`captured`] chooses from.
pub(crate) fn tiers(private: &TokenStream) -> TokenStream {
    quote! {
        #[allow(unused_imports)]
        use #private::{
            TierBorrowed as _, TierName as _, TierPrimitive as _, TierPrinted as _,
            TierShared as _, TierSharedDebug as _, TierTextual as _,
        };
    }
}

/// The best conversion of what `capture` wraps.
pub(crate) fn captured(capture: &TokenStream) -> TokenStream {
    quote!((&&&&&&#capture).__event_core_capture())
}

fn value(source: &Source, private: &TokenStream) -> TokenStream {
    match source {
        Source::Argument(name) => captured(&quote!(#private::Capture::argument(&#name))),
        Source::Given(name) => captured(&quote!(#private::Capture::given(&#name))),
        // Owned, as the body may well change what the expression borrows.
        Source::Plain(expr) => {
            let value = captured(&quote!(#private::Capture::given(&(#expr))));
            quote!(#value.into_owned())
        }
        Source::Debug(expr) => quote!(#private::Value::printed(&(#expr))),
        Source::Display(expr) => quote!(#private::Value::displayed(&(#expr))),
    }
}
