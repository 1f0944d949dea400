//! Capture: the tokens that turn arguments and expressions into an event's keys and values.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, Expr};

use crate::arguments::{Arguments, Binding};
use crate::check::{Checked, Field, Source};

/// `&["name", …]`: the keys of what [`values`] makes.
pub(crate) fn keys(checked: &Checked, arguments: &Arguments) -> TokenStream {
    let keys = checked.fields.iter().map(|field| {
        let (cfg, name) = (cfg_of(field, arguments), &field.name);
        quote!(#(#cfg)* #name)
    });
    quote!(&[#(#keys),*])
}

/// `[Value, …]`, in a block that brings the conversions into scope for itself alone.
///
/// Where `passed`, the names stand for references to what they are else.
pub(crate) fn values(checked: &Checked, arguments: &Arguments, passed: bool) -> TokenStream {
    if checked.fields.is_empty() {
        return quote!([]);
    }
    let private = private(checked);
    let values = checked.fields.iter().map(|field| {
        let cfg = cfg_of(field, arguments);
        let binding = binding_of(field, arguments);
        let value = match binding.and_then(|binding| binding.unpack.as_ref()) {
            Some(unpack) => {
                let value = unpacked(&field.value, &private);
                quote!({ #unpack #value })
            }
            None => value(&field.value, &private, passed),
        };
        quote!(#(#cfg)* #value)
    });
    let tiers = tiers(&private);
    // What an expression of the user's triggers is let go, as what a `Debug` does.
    let asked_for = checked
        .fields
        .iter()
        .any(|field| field.value.is_asked_for());
    let collecting = asked_for
        .then(|| quote_spanned!(Span::mixed_site()=> let _collecting = #private::collecting();));
    quote!({ #tiers #collecting [#(#values),*] })
}

fn binding_of<'a>(field: &Field, arguments: &'a Arguments) -> Option<&'a Binding> {
    match &field.value {
        Source::Argument(name) => arguments.binding(name),
        _ => None,
    }
}

fn cfg_of<'a>(field: &Field, arguments: &'a Arguments) -> &'a [Attribute] {
    binding_of(field, arguments).map_or(&[], |binding| &binding.cfg)
}

/// An argument that is at hand as a reference into one that the body will move.
fn unpacked(source: &Source, private: &TokenStream) -> TokenStream {
    let value = value(source, private, false);
    quote!(#value.into_owned())
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
            TierBorrowed as _, TierName as _, TierNested as _, TierPrimitive as _, TierPrinted as _,
            TierShared as _, TierSharedDebug as _, TierTextual as _,
        };
    }
}

/// The best conversion of what `capture` wraps.
pub(crate) fn captured(capture: &TokenStream) -> TokenStream {
    quote!((&&&&&&&#capture).__event_core_capture())
}

fn value(source: &Source, private: &TokenStream, passed: bool) -> TokenStream {
    match source {
        Source::Argument(name) if passed => captured(&quote!(#private::Capture::argument(#name))),
        Source::Argument(name) => captured(&quote!(#private::Capture::argument(&#name))),
        Source::Given(name) => captured(&quote!(#private::Capture::given(&#name))),
        // Owned, as the body may well change what the expression borrows.
        Source::Plain(expr) => {
            let value = captured(&quote!(#private::Capture::given(&(#expr))));
            quote!(#value.into_owned())
        }
        Source::Debug(expr) => shown(expr, private, "printed"),
        Source::Display(expr) => shown(expr, private, "displayed"),
    }
}

/// `Value::printed(&expr)` at the expression: that is what must be printable.
fn shown(expr: &Expr, private: &TokenStream, by: &str) -> TokenStream {
    let at = expr.span().resolved_at(Span::mixed_site());
    let by = Ident::new(by, at);
    quote_spanned!(at=> #private::Value::#by(&(#expr)))
}
