//! Futures: the body of an `async fn`, and what a function returns that makes a future, awaited in a
//! scope.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ReturnType;
use syn::spanned::Spanned;

use super::expansion::Expansion;
use super::inspect;
use crate::syntax::return_type::{ReturnedFuture, is_never, named_output};
use crate::trigger_event::check::Source;
use crate::trigger_event::params::lint_allows;

/// A body that awaits, in a future of its own, whose head tells the START: there the arguments stand
/// where they are, and to borrow them stores nothing.
pub(crate) fn expand_async(expansion: &Expansion<'_>) -> TokenStream {
    let function = expansion.function;
    let (says_output, rebind) = (says_output(expansion), expansion.rebind(0));
    let body = function.body_value();
    let begin = begin(expansion);
    let scope = if begin.is_some() {
        quote_spanned!(Span::mixed_site()=> let (scope, is_enabled) = site.future();)
    } else {
        quote_spanned!(Span::mixed_site()=> let scope = site.future_without_data();)
    };
    let future = function.braced(&quote!(#begin #says_output #rebind #body));
    let future = quote_spanned!(Span::mixed_site()=> async move #future);
    let wrapped = wrapped(expansion, &future);
    let awaited = quote_spanned!(Span::mixed_site()=> #wrapped.await);
    if is_never(&function.sig.output) {
        quote!(#scope match #awaited {})
    } else {
        quote!(#scope #awaited)
    }
}

/// What tells the START with the arguments; none where nothing is to be told of them.
fn begin(expansion: &Expansion<'_>) -> Option<TokenStream> {
    let (private, lint_allows) = (expansion.private(), lint_allows());
    let fields = &expansion.checked.fields;
    if fields.is_empty() {
        return None;
    }
    let plain = fields.iter().map(|field| match &field.value {
        Source::Implicit(name) => expansion.params.find(name),
        _ => None,
    });
    let plain = plain.collect::<Option<Vec<&Ident>>>();
    let plain = plain.filter(|names| expansion.params.fit(names.len()));
    let call = if let Some(names) = plain {
        let arity = format_ident!("arity_{}", names.len(), span = Span::mixed_site());
        quote!(#private::future_start::#arity(#(#private::argument(&#names).capture_fn(),)* #(&#names),*))
    } else {
        let values = expansion.values();
        quote!(#private::start_future(|| #values))
    };
    Some(quote_spanned!(Span::mixed_site()=> #lint_allows if is_enabled { #call; }))
}

/// What `return` and `?` convert to, which an async block cannot be told otherwise.
fn says_output(expansion: &Expansion<'_>) -> TokenStream {
    let output = &expansion.function.sig.output;
    let at = match output {
        ReturnType::Default => Span::mixed_site(),
        ReturnType::Type(_, output) => Span::mixed_site().located_at(output.span()),
    };
    let output = if is_never(output) {
        quote!(::core::convert::Infallible) // as `!` cannot be named
    } else {
        named_output(output)
    };
    quote_spanned! {at=>
        #[allow(unreachable_code, clippy::all, clippy::pedantic)]
        if false {
            let output: #output = loop {};
            return output;
        }
    }
}

/// `future` in the scope.
fn wrapped(expansion: &Expansion<'_>, future: &TokenStream) -> TokenStream {
    match inspect::value(expansion.checked) {
        None => quote_spanned!(Span::mixed_site()=> scope.wrap(#future)),
        Some(inspect) => {
            quote_spanned!(Span::mixed_site()=> scope.wrap_inspected(#future, #inspect))
        }
    }
}

/// The body makes the future, outside the scope, which is the future's.
pub(crate) fn expand_returned(expansion: &Expansion<'_>, future: &ReturnedFuture) -> TokenStream {
    let (private, lint_allows, values) = (expansion.private(), lint_allows(), expansion.values());
    let make = expansion.closure_body(0);
    let future_output = match &future.output {
        Some(output) if future.sure => quote!(#output),
        _ => quote!(_),
    };
    let call = quote_spanned!(Span::mixed_site()=> make());
    let mut wrapped = wrapped(expansion, &call);
    if future.boxed {
        wrapped = quote_spanned! {Span::mixed_site()=>
            if #private::FutureScope::is_enabled(&scope) {
                #private::Box::pin(#wrapped)
            } else {
                #call
            }
        };
    }
    quote_spanned! {Span::mixed_site()=>
        #lint_allows
        let scope = site.future_captured(|| #values);
        let make = #private::once_future::<#future_output, _, _>(move || #make);
        #wrapped
    }
}
