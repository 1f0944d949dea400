//! The expansion of `#[trigger_event]` on a function, which cannot fail.

mod call;
mod capture;
mod expansion;
mod future;
mod guard;
mod inspect;
mod outline;

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};

use self::expansion::Expansion;
use super::check::Checked;
use super::params::Params;
use crate::syntax::awaits;
use crate::syntax::function::Function;
use crate::syntax::return_type::ReturnedFuture;

// Input:
//
//     fn f(x: T) -> R { body }
//
// Output:
//
//     fn f(x: T) -> R {
//         let site = {
//             static EVENT_CORE_CALLSITE: Callsite = Callsite::new(KIND, "f", …, &["x"]);
//             &EVENT_CORE_CALLSITE
//         };
//         arity_1::call(site.is_enabled(), argument(&x).capture_fn(), x, |x| -> R { body }, site)
//     }
//
// Arguments are passed one by one, so that they stay in registers and a call that nobody hears needs no
// stack for them. The body captures nothing, so that the code behind `arity_1::call` is compiled once for
// all functions with these types. A method's body captures `self`, and goes to `arity_1::method`; a function
// that skips arguments or looks at what is returned goes to `arity_1::call_with`.
//
// Where `data(…)` looks at the arguments, the body captures them:
//
//         let collected = if site.is_enabled() { site.collect(|| […]) } else { None };
//         let run = once(move || -> R { let x = x; … });
//         match collected {
//             None => run(),
//             Some(collected) => site.call_collected(collected, Body(run), ignore_returned),
//         }
//
// An `async fn` whose body awaits nothing is such a call within its future: START and END are in its one
// poll. Any other awaits its body in the scope, and with no `data(…)` about it, in these words:
//
//         let (scope, is_enabled) = site.future();
//         scope.wrap(async move {
//             if is_enabled { future_start::arity_1(argument(&x).capture_fn(), &x); }    // START
//             let x = x;
//             body
//         }).await
//
// A returned future is put in a scope as well, with its data captured at the call. Where the body must
// not be in a closure a guard stands before it.
//
// Of several attributes the first is the outermost scope; only the last makes the arguments locals.
pub(crate) fn expand(attributes: &[Checked], mut function: Function) -> Function {
    let params = Params::new(&mut function.sig, attributes);
    let suspends = function.sig.asyncness.is_some() && awaits::may_await(&function.body);
    let mut innermost = true;
    for checked in attributes.iter().rev() {
        function.body = expand_body(&Expansion {
            checked,
            function: &function,
            params: &params,
            suspends,
            innermost,
        });
        innermost = false;
    }
    function
}

/// The new body, in the form that the function needs.
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
        _ if params.need_names() => call::expand_captured(expansion),
        // To read a parameter with a `_` name would raise a lint.
        _ if params.any_unused() && !expansion.captures_all() => call::expand_captured(expansion),
        _ => call::expand(expansion),
    };
    let private = expansion.private();
    let site =
        quote!({ static EVENT_CORE_CALLSITE: #private::Callsite = #site; &EVENT_CORE_CALLSITE });
    quote_spanned!(Span::mixed_site()=> let site = #site; #body)
}
