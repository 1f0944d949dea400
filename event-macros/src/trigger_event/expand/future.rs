//! The expansion of an `async fn` that may await, and of a function that returns a future.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Lifetime, ReturnType};

use super::capture::how;
use super::expansion::Expansion;
use super::guard::{reachable, tracks_caller};
use super::inspect;
use crate::syntax::exits::Rewrite;
use crate::syntax::return_type::{ReturnedFuture, is_never, named_output};

// Output:
//
//     scope_future(site, async move {
//         if site().is_enabled() {
//             future_start::arity_1(argument(&x).how(), &x, site());    // START
//         }
//         if false { if let Some(output) = None::<R> { return output; } }
//         let x = x;
//         { body }
//     })
//
// which the function returns, or awaits if it stays an `async fn`. Here `site` is a closure without
// captures.
//
// START is in the async block, which stores the arguments anyway. Borrowing them there keeps the
// future small.
pub(crate) fn expand_async(expansion: &Expansion<'_>) -> TokenStream {
    let function = expansion.function;
    let private = expansion.private();
    // Inside an `async fn`, the arguments were captured by that.
    let captured = expansion
        .returns_future
        .then(|| expansion.params.capture_in_order());
    let start = start(expansion);
    let declare_output = declare_output(&function.sig.output);
    let rebind = expansion.rebind(0);
    let block = function.body_after(&quote!(#captured #start #declare_output #rebind));
    let future = match inspect::value(expansion) {
        None => quote_spanned! {Span::mixed_site()=>
            #private::scope_future(__event_core_site, async move #block)
        },
        Some(inspection) => quote_spanned! {Span::mixed_site()=>
            #private::scope_future_inspected(__event_core_site, async move #block, #inspection)
        },
    };
    if expansion.returns_future {
        future
    } else if is_never(&function.sig.output) {
        quote_spanned!(Span::mixed_site()=> match #future.await {})
    } else {
        quote_spanned!(Span::mixed_site()=> #future.await)
    }
}

/// The START with its data. `None` if there are no fields.
fn start(expansion: &Expansion<'_>) -> Option<TokenStream> {
    let private = expansion.private();
    let fields = &expansion.checked.fields;
    if fields.is_empty() {
        return None;
    }
    let arguments: Option<Vec<&Ident>> = fields
        .iter()
        .map(|field| expansion.argument(field))
        .collect();
    let call = match arguments {
        Some(names) if expansion.params.fit(names.len()) => {
            let arity = format_ident!("arity_{}", names.len(), span = Span::mixed_site());
            let hows = fields.iter().zip(&names);
            let hows = hows.map(|(field, name)| how(field, name, &private));
            quote_spanned! {Span::mixed_site()=>
                #private::future_start::#arity(#(#hows,)* #(&#names,)* __event_core_site())
            }
        }
        _ => {
            let values = expansion.values();
            quote_spanned!(Span::mixed_site()=>
                #private::start_future(__event_core_site(), || #values)
            )
        }
    };
    Some(quote_spanned!(Span::mixed_site()=>
        if __event_core_site().is_enabled() { #call; }
    ))
}

/// A statement from which an async block infers its output type, for `return` and `?`.
fn declare_output(output: &ReturnType) -> TokenStream {
    let span = match output {
        ReturnType::Default => Span::mixed_site(),
        ReturnType::Type(_, output) => Span::mixed_site().located_at(output.span()),
    };
    let output = if is_never(output) {
        quote!(::core::convert::Infallible) // `!` is unstable as the type of a `let`
    } else {
        named_output(output)
    };
    quote_spanned! {span=>
        if false {
            if let ::core::option::Option::Some(__event_core_output) =
                ::core::option::Option::<#output>::None
            {
                return __event_core_output;
            }
        }
    }
}

/// Wraps `future` in the scope.
fn wrap(expansion: &Expansion<'_>, future: &TokenStream) -> TokenStream {
    match inspect::value(expansion) {
        None => quote_spanned!(Span::mixed_site()=> __event_core_scope.wrap(#future)),
        Some(inspection) => {
            quote_spanned! {Span::mixed_site()=>
                __event_core_scope.wrap_inspected(#future, #inspection)
            }
        }
    }
}

// Output:
//
//     let scope = site.future_captured(|| […]);
//     let make = once_future::<T, _, _>(move || -> R { let x = x; body });
//     scope.wrap(make())
//
// The body runs before the scope starts, because the scope belongs to the future.
pub(crate) fn expand_returned(expansion: &Expansion<'_>, future: &ReturnedFuture) -> TokenStream {
    if tracks_caller(expansion.function) {
        return expand_tracking_caller(expansion, future);
    }
    if future.boxed {
        return expand_boxed(expansion);
    }
    let private = expansion.private();
    let values = expansion.values();
    let body = expansion.closure_body(0);
    let output = future
        .output
        .as_ref()
        .map_or_else(|| quote!(_), ToTokens::to_token_stream);
    let wrapped = wrap(
        expansion,
        &quote_spanned!(Span::mixed_site()=> __event_core_make()),
    );
    quote_spanned! {Span::mixed_site()=>
        let __event_core_scope = __event_core_site.future_captured(|| #values);
        let __event_core_make = #private::once_future::<#output, _, _>(move || #body);
        #wrapped
    }
}

// Output:
//
//     let started = (&ReturnType::<R>::new()).__event_core_start(site, || […]);
//     started.call(once(move || -> R { let x = x; body }))
//
// The type `R` decides whether the value is a boxed future, which is then wrapped and boxed again.
// A type called `BoxFuture` may also be another one.
fn expand_boxed(expansion: &Expansion<'_>) -> TokenStream {
    let private = expansion.private();
    let values = expansion.values();
    let body = expansion.closure_body(0);
    let output = named_output(&expansion.function.sig.output);
    let call = match inspect::value(expansion) {
        None => quote_spanned!(Span::mixed_site()=> __event_core_started.call(__event_core_make)),
        Some(inspection) => quote_spanned! {Span::mixed_site()=>
            __event_core_started.call_inspected(__event_core_make, #inspection)
        },
    };
    quote_spanned! {Span::mixed_site()=>
        let __event_core_started = {
            use #private::{ReturnOfBoxed as _, ReturnOfValue as _};
            (&#private::ReturnType::<#output>::new())
                .__event_core_start(__event_core_site, || #values)
        };
        let __event_core_make = #private::once(move || #body);
        #call
    }
}

// Output:
//
//     let scope = site.future_captured(|| […]);
//     let x = x;
//     let future: R = 'body: { body };    // with `break 'body value` for each `return`
//     scope.wrap(future)
//
// In a closure the body would lose its caller.
fn expand_tracking_caller(expansion: &Expansion<'_>, future: &ReturnedFuture) -> TokenStream {
    let private = expansion.private();
    let values = expansion.values();
    let rebind = expansion.rebind(0);
    let function = expansion.function;
    let output = named_output(&function.sig.output);
    let label = Lifetime::new("'body", Span::mixed_site());
    let body = Rewrite {
        exit: &|value| quote!(break #label #value),
        exit_of_try: None,
        private: &private,
    }
    .rewrite(function.body.clone());
    let body = reachable(&label, &output, &body);
    let wrapped = match (future.boxed, inspect::value(expansion)) {
        (false, _) => wrap(
            expansion,
            &quote_spanned!(Span::mixed_site()=> __event_core_future),
        ),
        (true, None) => quote_spanned! {Span::mixed_site()=>
            #private::wrap_boxed(__event_core_future, __event_core_scope)
        },
        (true, Some(inspection)) => quote_spanned! {Span::mixed_site()=>
            #private::wrap_boxed_inspected(__event_core_future, __event_core_scope, #inspection)
        },
    };
    quote_spanned! {Span::mixed_site()=>
        let __event_core_scope = __event_core_site.future_captured(|| #values);
        #rebind
        let __event_core_future: #output = #body;
        #wrapped
    }
}
