//! The expansion of a function whose body cannot be in a closure. A guard ends the scope.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Lifetime, ReturnType, Signature, Type};

use super::expansion::Expansion;
use super::inspect;
use crate::syntax::exits::Rewrite;
use crate::syntax::function::Function;
use crate::syntax::return_type::{OpaqueParts, is_never, named_output, peel, returns_impl_fn};

/// Whether the body must stay outside of any closure.
///
/// A closure hides the caller from `#[track_caller]`. It also loses the lifetimes of a returned
/// `impl Fn(&str) -> &str`.
pub(crate) fn is_needed(function: &Function) -> bool {
    tracks_caller(function) || returns_impl_fn(&function.sig.output)
}

/// Whether `Location::caller()` in the body is the caller of the function.
pub(crate) fn tracks_caller(function: &Function) -> bool {
    let has_attribute = function
        .attrs
        .iter()
        .any(|attr| attr.path().is_ident("track_caller"));
    has_attribute || is_index(&function.sig)
}

/// Whether it may be the method of `Index` or `IndexMut`, whose declarations have the attribute.
fn is_index(sig: &Signature) -> bool {
    let has_name = sig.ident == "index" || sig.ident == "index_mut";
    let reference = |ty: &Type| matches!(peel(ty), Type::Reference(_));
    has_name
        && sig.inputs.len() == 2
        && sig.receiver().is_some()
        && matches!(&sig.output, ReturnType::Type(_, output) if reference(output))
}

// Output, with `ret` or `err`:
//
//     let guard = site.enter(|| […]);
//     let inspect = inspect_returned::<R, _>(&guard, |value, wants_data| …);
//     { let x = x; inspect('body: { body }) }  // and `return inspect(value)` at each exit
//
// If `R` contains an `impl Trait`, the inspection cannot be declared before the values that it
// inspects:
//
//     inspect_value(&guard, 'body: { body }, |value, wants_data| …)    // and so at each exit
pub(crate) fn expand(expansion: &Expansion<'_>) -> TokenStream {
    let values = expansion.values();
    let rebind = expansion.rebind(0);
    let function = expansion.function;
    let inspection = inspect::value(expansion).filter(|_| !is_never(&function.sig.output));
    let Some(inspection) = inspection else {
        let body = function.body_after(&rebind);
        return quote_spanned! {Span::mixed_site()=>
            let __event_core_guard = __event_core_site.enter(|| #values);
            #body
        };
    };
    let private = expansion.private();
    let output = named_output(&function.sig.output);
    let label = Lifetime::new("'body", Span::mixed_site());
    let opaque = OpaqueParts::new(&function.sig);
    if opaque.value {
        let error = inspect::error(expansion);
        let inspect = |value: &TokenStream| {
            quote_spanned! {Span::mixed_site()=>
                #private::inspect_value(&__event_core_guard, #value, #inspection)
            }
        };
        let inspect_residual = |value: &TokenStream| {
            quote_spanned! {Span::mixed_site()=> {
                let __event_core_value: #output = #value;
                #private::inspect_value(&__event_core_guard, __event_core_value, #error)
            }}
        };
        // The type of the value is then unknown where a `?` returns.
        let knows_error = expansion.checked.err.is_some() && !opaque.error;
        let body = Rewrite {
            exit: &|value| returned(&inspect(value)),
            exit_of_try: knows_error.then_some(&|value| returned(&inspect_residual(value))),
            private: &private,
        }
        .rewrite(function.body.clone());
        let inspected = inspect(&reachable(&label, &output, &body));
        return quote_spanned! {Span::mixed_site()=>
            let __event_core_guard = __event_core_site.enter(|| #values);
            { #rebind #inspected }
        };
    }
    let exit = |value: &TokenStream| quote_spanned!(Span::mixed_site()=> return __event_core_inspect(#value));
    let body = Rewrite {
        exit: &exit,
        exit_of_try: Some(&exit),
        private: &private,
    }
    .rewrite(function.body.clone());
    let body = reachable(&label, &output, &body);
    quote_spanned! {Span::mixed_site()=>
        let __event_core_guard = __event_core_site.enter(|| #values);
        let __event_core_inspect =
            #private::inspect_returned::<#output, _>(&__event_core_guard, #inspection);
        { #rebind __event_core_inspect(#body) }
    }
}

/// `'label: { body }`, a block whose end counts as reachable, even if `body` always returns early.
///
/// The compiler then does not report the code that follows the block as unreachable.
pub(super) fn reachable(label: &Lifetime, output: &TokenStream, body: &TokenStream) -> TokenStream {
    quote_spanned! {Span::mixed_site()=>
        #label: {
            if false {
                if let ::core::option::Option::Some(__event_core_output) =
                    ::core::option::Option::<#output>::None
                {
                    break #label __event_core_output;
                }
            }
            #body
        }
    }
}

fn returned(value: &TokenStream) -> TokenStream {
    quote!(return #value)
}
