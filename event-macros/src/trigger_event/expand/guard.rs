//! The expansion of a function whose body cannot be in a closure. A guard ends the scope.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;

use super::expansion::Expansion;
use super::inspect;
use crate::syntax::exits;
use crate::syntax::function::Function;
use crate::syntax::return_type::{named_output, returns_impl_fn};
use crate::trigger_event::params::lint_allows;

/// Whether the body must stay outside of any closure.
///
/// A closure hides the caller from `#[track_caller]`. It also loses the lifetimes of a returned
/// `impl Fn(&str) -> &str`.
pub(crate) fn is_needed(function: &Function) -> bool {
    let track_caller = function
        .attrs
        .iter()
        .any(|attr| attr.path().is_ident("track_caller"));
    track_caller || returns_impl_fn(&function.sig.output)
}

// Output, with `ret` or `err`:
//
//     let guard = site.enter(|| […]);
//     let inspect = inspect_returned::<R, _>(&guard, |value, wants_data| …);
//     let x = x;
//     inspect({ body })    // and `return inspect(value)` at each exit of the body
pub(crate) fn expand(expansion: &Expansion<'_>) -> TokenStream {
    let allows = lint_allows();
    let values = expansion.values();
    let rebind = expansion.rebind(0);
    let function = expansion.function;
    let Some(inspection) = inspect::value(expansion.checked) else {
        let body = function.body_value();
        return quote_spanned! {Span::mixed_site()=>
            #allows let _guard = site.enter(|| #values);
            #rebind
            #body
        };
    };
    let private = expansion.private();
    let output = named_output(&function.sig.output);
    let inspect = quote_spanned!(Span::mixed_site()=> inspect);
    let body = exits::rewrite(function.body.clone(), &function.sig.output, &inspect);
    quote_spanned! {Span::mixed_site()=>
        #allows
        let guard = site.enter(|| #values);
        let inspect = #private::inspect_returned::<#output, _>(&guard, #inspection);
        #rebind
        inspect({ #body })
    }
}
