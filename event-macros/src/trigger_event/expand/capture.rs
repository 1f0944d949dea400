//! The tokens that turn arguments and expressions into the keys and values of an event.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, Expr};

use crate::runtime::{captured, tiers, tiers_of_closures};
use crate::trigger_event::check::{Checked, Field, Source};
use crate::trigger_event::params::{Binding, Params};

/// `&["name", …]`: the keys of [`values`].
pub(crate) fn keys(checked: &Checked, params: &Params) -> TokenStream {
    let keys = checked.fields.iter().map(|field| {
        let cfg = cfg_of(field, params);
        let name = &field.name;
        quote!(#(#cfg)* #name)
    });
    quote!(&[#(#keys),*])
}

/// `[Value, …]`, in a block that imports the conversion traits.
pub(crate) fn values(checked: &Checked, params: &Params) -> TokenStream {
    if checked.fields.is_empty() {
        return quote!([]);
    }
    let private = checked.private();
    let by_field = checked
        .fields
        .iter()
        .any(|field| has_closure(&field.source));
    let values = checked.fields.iter().map(|field| {
        let cfg = cfg_of(field, params);
        let binding = binding_of(field, params);
        let value = match binding.and_then(|binding| binding.unpack.as_ref()) {
            Some(unpack) if !field.source.is_redacted() => {
                // Owned, because the body moves the argument later.
                let value = value(&field.source, &private);
                quote!({ #unpack #value.into_owned() })
            }
            _ => value(&field.source, &private),
        };
        if !by_field {
            return quote!(#(#cfg)* #value);
        }
        let tiers = if has_closure(&field.source) {
            tiers_of_closures(&private)
        } else {
            tiers(&private)
        };
        quote!(#(#cfg)* { #tiers #value })
    });
    let tiers = (!by_field).then(|| tiers(&private));
    // Events from the user's expressions are suppressed, like those from a `Debug` implementation.
    let any_in_data = checked.fields.iter().any(|field| field.source.is_in_data());
    let suppress = any_in_data.then(|| {
        quote_spanned! {Span::mixed_site()=>
            let __event_core_suppress = #private::suppress_events();
        }
    });
    quote!({ #tiers #suppress [#(#values),*] })
}

/// How the argument `name`, which is the value of `field`, is captured.
pub(super) fn how(field: &Field, name: &Ident, private: &TokenStream) -> TokenStream {
    if field.source.is_redacted() {
        quote!(#private::Redacted)
    } else {
        quote!(#private::argument(&#name).__event_core_how())
    }
}

/// Whether an expression of `data(…)` may contain a closure.
fn has_closure(source: &Source) -> bool {
    fn has_bar(tokens: TokenStream) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Punct(punct) => punct.as_char() == '|',
            TokenTree::Group(group) => has_bar(group.stream()),
            _ => false,
        })
    }
    matches!(source, Source::Plain(expr) if has_bar(expr.to_token_stream()))
}

/// The argument that is the value of `field`.
pub(super) fn binding_of<'a>(field: &Field, params: &'a Params) -> Option<&'a Binding> {
    match &field.source {
        Source::Implicit(name) | Source::Redacted(name) => params.binding(name),
        _ => None,
    }
}

fn cfg_of<'a>(field: &Field, params: &'a Params) -> &'a [Attribute] {
    binding_of(field, params).map_or(&[], |binding| &binding.cfg)
}

fn value(source: &Source, private: &TokenStream) -> TokenStream {
    match source {
        Source::Implicit(name) => captured(&quote!(#private::Capture::argument(&#name))),
        Source::Redacted(_) => quote!(#private::Value::REDACTED),
        Source::Explicit(name) => captured(&quote!(#private::Capture::expression(&#name))),
        Source::Plain(expr) => {
            // Owned, because the body may modify a variable that the expression borrows.
            let value = captured(&quote!(#private::Capture::expression(&(#expr))));
            quote!(#value.into_owned())
        }
        Source::Debug(expr) => formatted(expr, private, "printed"),
        Source::Display(expr) => formatted(expr, private, "displayed"),
    }
}

/// `Value::printed(&expr)` with the span of the expression.
///
/// The compiler reports a missing trait at that expression.
fn formatted(expr: &Expr, private: &TokenStream, constructor: &str) -> TokenStream {
    let span = expr.span().resolved_at(Span::mixed_site());
    let constructor = Ident::new(constructor, span);
    quote_spanned!(span=> #private::Value::#constructor(&(#expr)))
}
