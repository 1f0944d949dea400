//! The expansion of `#[trigger_event]` on a function, which cannot fail.

mod async_form;
mod call;
mod capture;
mod expansion;
mod future;
mod guard;
mod inspect;
mod kept;
pub(crate) mod origin;
mod outline;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Signature;

use self::expansion::Expansion;
use self::origin::Origin;
use super::check::Checked;
use super::params::Params;
use crate::syntax::awaits;
use crate::syntax::function::Function;
use crate::syntax::return_type::ReturnedFuture;
use crate::syntax::words::contains_self;
use crate::tool;

// Input:
//
//     fn f(x: T) -> R { body }
//
// Output:
//
//     fn f(x: T) -> R {
//         let site = {
//             enum EventCoreFunction {}
//             static EVENT_CORE_CALLSITE: Callsite = Callsite::new(KIND, "f", …, &["x"])
//                 .with_type_name(type_name::<EventCoreFunction>);
//             &EVENT_CORE_CALLSITE
//         };
//         arity_1::call(site.is_enabled(), argument(&x).how(), x, |x| -> R { body }, site)
//     }
//
// The name of the enum has the path of the function. Only the compiler knows the type of a method.
//
// Each argument is passed separately and stays in a register, so that a disabled call uses no
// stack. The body's closure captures nothing, so that the cold part of `arity_1::call` is compiled
// once for all functions with the same types. Variants of `arity_1::call`:
//
// - `arity_1::method`: the body of a method captures `self`.
// - `arity_1::outlined`: the body is long, and returns its value in memory. It checks itself
//   whether the call is enabled.
// - `arity_1::method_with`, `arity_1::outlined_with`: the returned value is inspected.
//
// If `data(…)` uses the arguments, or a pattern takes an argument apart, the body captures them:
//
//         let collected = if site.is_enabled() { site.collect(|| […]) } else { None };
//         let run = once(move || -> R { let x = x; … });
//         match collected {
//             None => run(),
//             Some(collected) => site.call_collected(collected, Body(run), ignore_returned),
//         }
//
// An `async fn` whose body never awaits is expanded like a call: START and END are in its only
// poll. An `async fn` whose body may await returns the body in a future of its own:
//
//     fn f(x: T) -> impl Future<Output = R> {
//         let site = || { …; &EVENT_CORE_CALLSITE };
//         scope_future(site, async move {
//             let _ = &x;    // captures the arguments in order
//             if site().is_enabled() {
//                 future_start::arity_1(argument(&x).how(), &x, site());    // START
//             }
//             let x = x;
//             body
//         })
//     }
//
// If the function must stay an `async fn`, it awaits this future. `async_form` says when.
//
// A future that the function returns is wrapped, too; its data is captured at the call. If the body
// cannot be in a closure, it follows a guard.
//
// The first of several attributes is the outermost scope. Only the last one makes the arguments
// locals of the body.
//
// `keeps_async` states whether an `async fn` must stay one.
pub(crate) fn expand(
    attributes: &[Checked],
    mut function: Function,
    origin: Origin,
    keeps_async: bool,
) -> Function {
    if tool::keeps_functions() {
        return kept::expand(attributes, function, origin);
    }
    let params = Params::new(&mut function.sig, attributes);
    let suspends = function.sig.asyncness.is_some() && awaits::may_await(&function.body);
    let returns_future =
        suspends && !keeps_async && async_form::may_return_future(&function, &params);
    let mut innermost = true;
    for (index, checked) in attributes.iter().enumerate().rev() {
        function.body = expand_body(&Expansion {
            checked,
            function: &function,
            params: &params,
            suspends,
            returns_future: returns_future && index == 0,
            innermost,
            origin,
        });
        innermost = false;
    }
    if returns_future {
        async_form::return_future(&mut function);
    }
    function
}

/// Returns the new body, in the form that the function needs.
fn expand_body(expansion: &Expansion<'_>) -> TokenStream {
    let Expansion {
        function, params, ..
    } = expansion;
    let sig = &function.sig;
    let returned = if sig.asyncness.is_some() {
        None
    } else {
        ReturnedFuture::new(&sig.output)
    };
    let mut site = expansion.site();
    if expansion.suspends || returned.is_some() {
        site = quote!(#site.for_futures());
    }
    let body = match returned {
        _ if expansion.suspends => future::expand_async(expansion),
        Some(future) => future::expand_returned(expansion, &future),
        _ if guard::is_needed(function) => guard::expand(expansion),
        _ if params.need_names() || !expansion.captures_arguments() => {
            call::expand_captured(expansion)
        }
        _ => call::expand(expansion),
    };
    let private = expansion.private();
    let callsite = expansion.origin.callsite();
    let (marker, path) = if let Some(name) = &expansion.checked.name {
        (None, quote!(with_name(#name)))
    } else {
        let marker = Ident::new(path_marker(sig), Span::call_site());
        let path = quote!(with_type_name(::core::any::type_name::<#marker>));
        (Some(quote!(enum #marker {})), path)
    };
    let demand = &expansion.checked.demand;
    let site = quote! {{
        #demand
        #marker
        static #callsite: #private::Callsite = #site.#path;
        &#callsite
    }};
    if expansion.suspends {
        quote_spanned!(Span::mixed_site()=> let __event_core_site = || #site; #body)
    } else {
        quote_spanned!(Span::mixed_site()=> let __event_core_site = #site; #body)
    }
}

/// The name of the enum whose path is the function's.
///
/// The runtime cannot always see in the path whether the function is a method.
fn path_marker(sig: &Signature) -> &'static str {
    if sig.receiver().is_some() || contains_self(sig.to_token_stream()) {
        "EventCoreMethod"
    } else {
        "EventCoreFunction"
    }
}
