//! Capture: the tokens that turn arguments and expressions into an event's keys and values.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, Expr};

use crate::runtime::{captured, tiers};
use crate::trigger_event::check::{Checked, Field, Source};
use crate::trigger_event::params::{Binding, Params};

/// `&["name", …]`: the keys of what [`values`] makes.
pub(crate) fn keys(checked: &Checked, params: &Params) -> TokenStream {
    let keys = checked.fields.iter().map(|field| {
        let (cfg, name) = (cfg_of(field, params), &field.name);
        quote!(#(#cfg)* #name)
    });
    quote!(&[#(#keys),*])
}

/// `[Value, …]`, in a block that brings the conversions into scope for itself alone.
///
/// Where `passed`, the names stand for references to what they are else.
pub(crate) fn values(checked: &Checked, params: &Params, passed: bool) -> TokenStream {
    if checked.fields.is_empty() {
        return quote!([]);
    }
    let private = checked.private();
    let values = checked.fields.iter().map(|field| {
        let cfg = cfg_of(field, params);
        let binding = binding_of(field, params);
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
    let any_in_data = checked.fields.iter().any(|field| field.value.is_in_data());
    let collecting = any_in_data
        .then(|| quote_spanned!(Span::mixed_site()=> let _suppress = #private::suppress_events();));
    quote!({ #tiers #collecting [#(#values),*] })
}

fn binding_of<'a>(field: &Field, params: &'a Params) -> Option<&'a Binding> {
    match &field.value {
        Source::Implicit(name) => params.binding(name),
        _ => None,
    }
}

fn cfg_of<'a>(field: &Field, params: &'a Params) -> &'a [Attribute] {
    binding_of(field, params).map_or(&[], |binding| &binding.cfg)
}

/// An argument that is at hand as a reference into one that the body will move.
fn unpacked(source: &Source, private: &TokenStream) -> TokenStream {
    let value = value(source, private, false);
    quote!(#value.into_owned())
}

fn value(source: &Source, private: &TokenStream, passed: bool) -> TokenStream {
    match source {
        Source::Implicit(name) if passed => captured(&quote!(#private::Capture::argument(#name))),
        Source::Implicit(name) => captured(&quote!(#private::Capture::argument(&#name))),
        Source::Explicit(name) => captured(&quote!(#private::Capture::expression(&#name))),
        // Owned, as the body may well change what the expression borrows.
        Source::Plain(expr) => {
            let value = captured(&quote!(#private::Capture::expression(&(#expr))));
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
