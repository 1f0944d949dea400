//! The expansion of a function whose body is a closure, which the runtime calls in the scope.

use std::collections::HashSet;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};

use super::capture::{binding_of, values};
use super::expansion::Expansion;
use super::inspect;
use super::outline::is_outlined;
use crate::syntax::pattern::is_unused;

// Output:
//
//     arity_1::call(site.is_enabled(), argument(&x).capture_fn(), x, |x| -> R { body }, site)
//
// or, if arguments are skipped or the returned value is inspected:
//
//     arity_1::call_with(site.is_enabled(), x, |x| -> R { body }, |x| […], inspect, site)
pub(crate) fn expand(expansion: &Expansion<'_>) -> TokenStream {
    let private = expansion.private();
    let count = expansion.params.len();
    let is_method = expansion.function.has_self();
    let Readable { rename, names } = readable_arguments(expansion);
    let body = body_closure(expansion, is_method);
    let is_enabled = quote_spanned!(Span::mixed_site()=> site.is_enabled());
    let arity = format_ident!("arity_{count}", span = Span::mixed_site());
    let form = if is_method { "method" } else { "call" };
    if expansion.captures_all() {
        let call = Ident::new(form, Span::mixed_site());
        let capture_fns = quote!(#(#private::argument(&#names).__event_core_capture_fn(),)*);
        let rest = if is_method {
            quote!(#body, #(#names,)*)
        } else {
            quote!(#(#names,)* #body,)
        };
        return quote_spanned! {Span::mixed_site()=>
            #rename
            #private::#arity::#call(#is_enabled, #capture_fns #rest site)
        };
    }
    let call = format_ident!("{form}_with", span = Span::mixed_site());
    let values = values(expansion.checked, expansion.params, true);
    let inspection = inspect::call(expansion);
    // `_` for parameters that are not captured, to avoid lints about unused variables.
    let fields = &expansion.checked.fields;
    let captured: HashSet<&Ident> = fields
        .iter()
        .filter_map(|field| Some(&binding_of(field, expansion.params)?.param))
        .collect();
    let references = names.iter().map(|name| {
        if captured.contains(name) {
            quote!(#name)
        } else {
            quote!(_)
        }
    });
    quote_spanned! {Span::mixed_site()=>
        #private::#arity::#call(
            #is_enabled, #(#names,)* #body, |#(#references),*| #values, #inspection,
            site,
        )
    }
}

/// The body as a closure to which the arguments are passed.
fn body_closure(expansion: &Expansion<'_>, is_method: bool) -> TokenStream {
    let rebinds = rebinds(expansion);
    let passed = if rebinds { 0 } else { expansion.params.len() };
    let body = expansion.closure_body(passed);
    let params = if expansion.innermost && !rebinds {
        let patterns = expansion.params.closure_patterns();
        quote!(#(#patterns),*)
    } else {
        let names = expansion.params.names();
        quote!(#(#names),*)
    };
    if is_method {
        quote_spanned!(Span::mixed_site()=> move |#params| #body)
    } else {
        let outline = is_outlined(expansion.function).then(|| quote!(#[inline(never)]));
        quote_spanned!(Span::mixed_site()=> #outline |#params| #body)
    }
}

/// Whether the body binds its arguments again as locals.
///
/// A `mut` argument of an `async fn` must be a local, because the body may assign a value to it
/// that borrows from another local.
fn rebinds(expansion: &Expansion<'_>) -> bool {
    expansion.function.sig.asyncness.is_some() && expansion.params.any_mut()
}

/// Names by which the arguments can be read without triggering a lint.
struct Readable {
    /// The `let`s that rename arguments whose names begin with `_`.
    rename: TokenStream,
    names: Vec<Ident>,
}

fn readable_arguments(expansion: &Expansion<'_>) -> Readable {
    let mut rename = TokenStream::new();
    let mut names = Vec::new();
    for (index, name) in expansion.params.names().enumerate() {
        if is_unused(name) {
            let readable = format_ident!("argument_{index}", span = Span::mixed_site());
            rename.extend(quote!(let #readable = #name;));
            names.push(readable);
        } else {
            names.push(name.clone());
        }
    }
    Readable { rename, names }
}

// Output:
//
//     let collected = if site.is_enabled() { site.collect(|| […]) } else { None };
//     let run = once(move || -> R { let x = x; body });
//     match collected {
//         None => run(),
//         Some(collected) => site.call_collected(collected, Body(run), inspect),
//     }
pub(crate) fn expand_captured(expansion: &Expansion<'_>) -> TokenStream {
    let private = expansion.private();
    let values = expansion.values();
    let body = expansion.closure_body(0);
    let inspection = inspect::call(expansion);
    quote_spanned! {Span::mixed_site()=>
        let collected = if site.is_enabled() {
            site.collect(|| #values)
        } else {
            ::core::option::Option::None
        };
        let run = #private::once(move || #body);
        match collected {
            ::core::option::Option::None => run(),
            ::core::option::Option::Some(collected) => {
                site.call_collected(collected, #private::Body(run), #inspection)
            }
        }
    }
}
