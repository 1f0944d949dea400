//! The expansion of a function whose body is a closure, which the runtime calls in the scope.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};

use super::capture::how;
use super::expansion::Expansion;
use super::inspect;
use super::outline::{Outline, outline};
use crate::syntax::pattern::is_unused;

// Output:
//
//     arity_1::call(site.is_enabled(), argument(&x).how(), x, |x| -> R { body }, site)
//
// or, if `y` is skipped and the returned value is inspected:
//
//     arity_2::method_with(
//         site.is_enabled(), argument(&x).how(), Skipped,
//         |x, y| -> R { body }, x, y, inspect, site,
//     )
//
// Skipped arguments come last, so that the keys of the site belong to the first values.
pub(crate) fn expand(expansion: &Expansion<'_>) -> TokenStream {
    let private = expansion.private();
    let count = expansion.params.len();
    let is_method = expansion.function.has_self();
    let passed = Passed::new(expansion);
    let outline = outline(expansion.function);
    let body = body_closure(expansion, &passed, is_method, outline);
    let is_enabled = (outline != Outline::Checked)
        .then(|| quote_spanned!(Span::mixed_site()=> __event_core_site.is_enabled(),));
    let arity = format_ident!("arity_{count}", span = Span::mixed_site());
    let inspects = expansion.checked.inspects_value();
    let form = match outline {
        Outline::Checked if inspects => "outlined_with",
        Outline::Checked => "outlined",
        _ if inspects => "method_with",
        _ if is_method => "method",
        _ => "call",
    };
    let inspection = inspects.then(|| inspect::call(expansion)).into_iter();
    let inspection = quote!(#(#inspection,)*);
    let call = Ident::new(form, Span::mixed_site());
    let Passed { rename, names, .. } = &passed;
    let hows = passed.names.iter().enumerate().map(|(index, name)| {
        let field = expansion.checked.fields.get(index);
        field.map_or_else(
            || quote!(#private::Skipped),
            |field| how(field, name, &private),
        )
    });
    let rest = if form == "call" {
        quote!(#(#names,)* #body,)
    } else {
        quote!(#body, #(#names,)*)
    };
    quote_spanned! {Span::mixed_site()=>
        #rename
        #private::#arity::#call(#is_enabled #(#hows,)* #rest #inspection __event_core_site)
    }
}

/// The arguments in the order in which they are passed: first the captured ones.
struct Passed {
    /// The `let`s that rename arguments whose names begin with `_`.
    rename: TokenStream,
    /// Names by which the arguments can be read without triggering a lint.
    names: Vec<Ident>,
    /// The names in the signature.
    params: Vec<Ident>,
    /// Whether the order is that of the signature.
    in_order: bool,
}

impl Passed {
    fn new(expansion: &Expansion<'_>) -> Self {
        let fields = &expansion.checked.fields;
        let mut params: Vec<Ident> = fields
            .iter()
            .filter_map(|field| expansion.argument(field).cloned())
            .collect();
        for name in expansion.params.names() {
            if !params.contains(name) {
                params.push(name.clone());
            }
        }
        let mut rename = TokenStream::new();
        let mut names = Vec::new();
        for (index, name) in params.iter().enumerate() {
            if is_unused(name) {
                let readable = format_ident!("argument_{index}", span = Span::mixed_site());
                rename.extend(quote!(let #readable = #name;));
                names.push(readable);
            } else {
                names.push(name.clone());
            }
        }
        Self {
            rename,
            names,
            in_order: params.iter().eq(expansion.params.names()),
            params,
        }
    }
}

/// The body as a closure to which the arguments are passed.
fn body_closure(
    expansion: &Expansion<'_>,
    passed: &Passed,
    is_method: bool,
    outline: Outline,
) -> TokenStream {
    let rebinds = rebinds(expansion) || !passed.in_order;
    let count = if rebinds { 0 } else { expansion.params.len() };
    let body = expansion.closure_body(count);
    let params = if expansion.innermost && !rebinds {
        let patterns = expansion.params.closure_patterns();
        quote!(#(#patterns),*)
    } else {
        let names = &passed.params;
        quote!(#(#names),*)
    };
    let is_move = is_method.then(|| quote!(move));
    let inline = (outline == Outline::Closure).then(|| quote!(#[inline(never)]));
    quote_spanned!(Span::mixed_site()=> #inline #is_move |#params| #body)
}

/// Whether the body binds its arguments again as locals.
///
/// A `mut` argument of an `async fn` must be a local, because the body may assign a value to it
/// that borrows from another local.
fn rebinds(expansion: &Expansion<'_>) -> bool {
    expansion.function.sig.asyncness.is_some() && expansion.params.any_mut()
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
        let __event_core_collected = if __event_core_site.is_enabled() {
            __event_core_site.collect(|| #values)
        } else {
            ::core::option::Option::None
        };
        let __event_core_run = #private::once(move || #body);
        match __event_core_collected {
            ::core::option::Option::None => __event_core_run(),
            ::core::option::Option::Some(__event_core_collected) => {
                __event_core_site.call_collected(
                    __event_core_collected,
                    #private::Body(__event_core_run),
                    #inspection,
                )
            }
        }
    }
}
