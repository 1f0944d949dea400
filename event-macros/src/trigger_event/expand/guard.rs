//! Guards: a function whose body cannot be in a closure.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;

use super::expansion::Expansion;
use super::inspect;
use crate::syntax::exits;
use crate::syntax::function::Function;
use crate::syntax::return_type::{named_output, returns_impl_fn};
use crate::trigger_event::params::lint_allows;

/// Whether the body must stay outside any closure: there it would lose its caller, or the
/// lifetimes of an `impl Fn(&str) -> &str` that it returns.
pub(crate) fn is_needed(function: &Function) -> bool {
    let track_caller = function
        .attrs
        .iter()
        .any(|attr| attr.path().is_ident("track_caller"));
    track_caller || returns_impl_fn(&function.sig.output)
}

pub(crate) fn expand(expansion: &Expansion<'_>) -> TokenStream {
    let lint_allows = lint_allows();
    let values = expansion.values();
    let rebind = expansion.rebind(0);
    let function = expansion.function;
    let Some(inspect) = inspect::value(expansion.checked) else {
        let body = function.body_value();
        return quote_spanned! {Span::mixed_site()=>
            #lint_allows let _guard = site.enter(|| #values);
            #rebind
            #body
        };
    };
    let private = expansion.private();
    let output = named_output(&function.sig.output);
    let see = quote_spanned!(Span::mixed_site()=> see);
    let body = exits::rewrite(function.body.clone(), &function.sig.output, &see);
    quote_spanned! {Span::mixed_site()=>
        #lint_allows
        let guard = site.enter(|| #values);
        let see = #private::inspect_returned::<#output, _>(&guard, #inspect);
        #rebind
        see({ #body })
    }
}
