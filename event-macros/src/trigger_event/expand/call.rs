//! Calls: a function whose body is a closure, which is called in the scope.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};

use super::capture::values;
use super::expansion::Expansion;
use super::inspect;
use super::outline::is_outlined;
use crate::syntax::pattern::is_unused;
use crate::trigger_event::params::lint_allows;

/// A function whose arguments are passed to its body one by one.
pub(crate) fn expand(expansion: &Expansion<'_>) -> TokenStream {
    let (private, passed) = (expansion.private(), expansion.params.len());
    let parameters = parameters(expansion);
    let body = expansion.closure_body(if rebinds(expansion) { 0 } else { passed });
    let (renamed, arguments) = arguments_in_use(expansion);
    let is_method = expansion.function.has_self();
    let body = if is_method {
        quote_spanned!(Span::mixed_site()=> move |#parameters| #body)
    } else {
        let apart = is_outlined(expansion.function).then(|| quote!(#[inline(never)]));
        quote_spanned!(Span::mixed_site()=> #apart |#parameters| #body)
    };
    let is_enabled = quote_spanned!(Span::mixed_site()=> site.is_enabled());
    let form = if is_method { "method" } else { "call" };
    let arity = format_ident!("arity_{passed}", span = Span::mixed_site());
    if expansion.captures_all() {
        let call = Ident::new(form, Span::mixed_site());
        let capture_fns = quote!(#(#private::argument(&#arguments).capture_fn(),)*);
        let rest = if is_method {
            quote!(#body, #(#arguments,)*)
        } else {
            quote!(#(#arguments,)* #body,)
        };
        return quote_spanned! {Span::mixed_site()=>
            #renamed
            #private::#arity::#call(#is_enabled, #capture_fns #rest site)
        };
    }
    let call = format_ident!("{form}_with", span = Span::mixed_site());
    let values = values(expansion.checked, expansion.params, true);
    let inspect = inspect::call(expansion.checked);
    // One that nothing is captured of is not named.
    let references = arguments.iter().map(|name| {
        if expansion.checked.fields.is_empty() {
            quote!(_)
        } else {
            quote!(#[allow(unused_variables)] #name)
        }
    });
    quote_spanned! {Span::mixed_site()=>
        #private::#arity::#call(
            #is_enabled, #(#arguments,)* #body, |#(#references),*| #values, #inspect,
            site,
        )
    }
}

/// The arguments by names that may be used, and what gives such names to those that say that they
/// are not.
fn arguments_in_use(expansion: &Expansion<'_>) -> (TokenStream, Vec<Ident>) {
    let (mut renamed, mut names) = (TokenStream::new(), Vec::new());
    for (place, name) in expansion.params.names().enumerate() {
        if is_unused(name) {
            let used = format_ident!("argument_{place}", span = Span::mixed_site());
            let lint_allows = lint_allows();
            renamed.extend(quote!(#lint_allows let #used = #name;));
            names.push(used);
        } else {
            names.push(name.clone());
        }
    }
    (renamed, names)
}

/// A function of whose arguments `data(…)` makes something.
pub(crate) fn expand_captured(expansion: &Expansion<'_>) -> TokenStream {
    let private = expansion.private();
    let (lint_allows, values) = (lint_allows(), expansion.values());
    let body = expansion.closure_body(0);
    let inspect = inspect::call(expansion.checked);
    quote_spanned! {Span::mixed_site()=>
        #lint_allows
        let collected = if site.is_enabled() {
            site.collect(|| #values)
        } else {
            ::core::option::Option::None
        };
        let run = #private::once(move || #body);
        match collected {
            ::core::option::Option::None => run(),
            ::core::option::Option::Some(collected) => {
                site.call_collected(collected, #private::Body(run), #inspect)
            }
        }
    }
}

/// Whether the body makes locals of what is passed to it: a `mut` argument of an `async fn` may come to
/// borrow from the body.
fn rebinds(expansion: &Expansion<'_>) -> bool {
    expansion.function.sig.asyncness.is_some() && expansion.params.any_mut()
}

/// What the body's closure has for parameters.
fn parameters(expansion: &Expansion<'_>) -> TokenStream {
    if expansion.innermost && !rebinds(expansion) {
        let parameters = expansion.params.parameters();
        quote!(#(#parameters),*)
    } else {
        let names = expansion.params.names();
        quote!(#(#names),*)
    }
}
