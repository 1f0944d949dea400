//! Futures: the body of an `async fn`, and what a function returns that makes a future, awaited in a
//! scope.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ReturnType;
use syn::spanned::Spanned;

use super::One;
use crate::arguments::quiet;
use crate::check::Source;
use crate::inspect;
use crate::returned::{ReturnedFuture, is_never, named_output};

impl One<'_> {
    /// A body that awaits, in a future of its own, whose head tells the START: there the arguments stand
    /// where they are, and to borrow them stores nothing.
    pub(super) fn expand_async(&self) -> TokenStream {
        let function = self.function;
        let (says_output, rebound) = (self.says_output(), self.rebound(0));
        let body = function.body_value();
        let begin = self.begin();
        let scope = if begin.is_some() {
            quote_spanned!(Span::mixed_site()=> let (scope, is_heard) = site.future();)
        } else {
            quote_spanned!(Span::mixed_site()=> let scope = site.future_bare();)
        };
        let future = function.braced(&quote!(#begin #says_output #rebound #body));
        let future = quote_spanned!(Span::mixed_site()=> async move #future);
        let wrapped = self.wrapped(&future);
        let awaited = quote_spanned!(Span::mixed_site()=> #wrapped.await);
        if is_never(&function.sig.output) {
            quote!(#scope match #awaited {})
        } else {
            quote!(#scope #awaited)
        }
    }

    /// What tells the START with the arguments; none where nothing is to be told of them.
    fn begin(&self) -> Option<TokenStream> {
        let (private, quiet) = (self.private(), quiet());
        let fields = &self.checked.fields;
        if fields.is_empty() {
            return None;
        }
        let plain = fields.iter().map(|field| match &field.value {
            Source::Argument(name) => self.arguments.whole(name),
            _ => None,
        });
        let plain = plain.collect::<Option<Vec<&Ident>>>();
        let plain = plain.filter(|names| self.arguments.fit(names.len()));
        let call = if let Some(names) = plain {
            let begin = format_ident!("begin_{}", names.len(), span = Span::mixed_site());
            quote!(#private::#begin(#(#private::argument(&#names).how(),)* #(&#names),*))
        } else {
            let values = self.values();
            quote!(#private::begin(|| #values))
        };
        Some(quote_spanned!(Span::mixed_site()=> #quiet if is_heard { #call; }))
    }

    /// What `return` and `?` convert to, which an async block cannot be told otherwise.
    fn says_output(&self) -> TokenStream {
        let output = &self.function.sig.output;
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
    fn wrapped(&self, future: &TokenStream) -> TokenStream {
        match inspect::value(self.checked) {
            None => quote_spanned!(Span::mixed_site()=> scope.wrap(#future)),
            Some(inspect) => {
                quote_spanned!(Span::mixed_site()=> scope.wrap_seen(#future, #inspect))
            }
        }
    }

    /// The body makes the future, outside the scope, which is the future's.
    pub(super) fn expand_returned(&self, future: &ReturnedFuture) -> TokenStream {
        let (private, quiet, values) = (self.private(), quiet(), self.values());
        let make = self.closure_body(0);
        let future_output = match &future.output {
            Some(output) if future.sure => quote!(#output),
            _ => quote!(_),
        };
        let call = quote_spanned!(Span::mixed_site()=> make());
        let mut wrapped = self.wrapped(&call);
        if future.boxed {
            wrapped = quote_spanned! {Span::mixed_site()=>
                if #private::FutureScope::is_heard(&scope) {
                    #private::Box::pin(#wrapped)
                } else {
                    #call
                }
            };
        }
        quote_spanned! {Span::mixed_site()=>
            #quiet
            let scope = site.future_captured(|| #values);
            let make = #private::once_future::<#future_output, _, _>(move || #make);
            #wrapped
        }
    }
}
