//! The expansion of `#[derive(Listener)]`, which cannot fail.

mod filters;
mod forwards;
mod names;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{DeriveInput, ExprPath, Generics, parse_quote};

use self::filters::{kinds, matches};
use self::forwards::{for_each, forwards, polls};
use self::names::{krate, local};
use super::check::{Checked, Rule};
use crate::syntax::words::any_word;

// Input:
//
//     #[derive(Listener)]
//     #[listen("app:*", on_end = Self::ended)]
//     struct Progress { #[listen(forward)] recorder: RecordingListener }
//
// Output:
//
//     impl Listener for Progress {
//         fn on_start(&self, event: &Event<'_>) {
//             self.recorder.on_start(event);
//         }
//         fn on_end(&self, event: &Event<'_>) {
//             if event.kind().as_str().starts_with("app:") { Self::ended(self, event) }
//             self.recorder.on_end(event);
//         }
//         fn wants_data(&self) -> bool { true }
//         fn wants_end_data(&self) -> bool { true }
//         fn wants_duration(&self) -> bool { self.recorder.wants_duration() }
//     }
//     impl Listens for Progress {
//         fn kinds(&self) -> KindFilter { KindFilter::any_of(["app:*".into()]) }
//     }
pub(crate) fn expand(input: &DeriveInput, checked: &Checked) -> TokenStream {
    let crate_path = &checked.krate;
    let krate = krate();
    let name = &input.ident;
    let generics = with_bounds(input, checked);
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    let event = local("event");
    let on_start = notify(checked, |rule| rule.on_start.as_ref(), &quote!(on_start));
    let on_end = notify(checked, |rule| rule.on_end.as_ref(), &quote!(on_end));
    let wants_data = wants_data(checked);
    let wants_end_data = wants_end_data(checked);
    let wants_duration = wants_duration(checked);
    let polls = polls(checked);
    let kinds = kinds(checked);
    let forwards = forwards(checked);
    quote! {
        const _: () = {
            use #crate_path as #krate;

            #[automatically_derived]
            impl #impl_generics #krate::Listener for #name #type_generics #where_clause {
                fn on_start(&self, #event: &#krate::Event<'_>) {
                    let _ = #event;
                    #on_start
                }

                fn on_end(&self, #event: &#krate::Event<'_>) {
                    let _ = #event;
                    #on_end
                }

                fn wants_data(&self) -> ::core::primitive::bool {
                    #wants_data
                }

                fn wants_end_data(&self) -> ::core::primitive::bool {
                    #wants_end_data
                }

                fn wants_duration(&self) -> ::core::primitive::bool {
                    #wants_duration
                }

                #polls
            }

            #[automatically_derived]
            impl #impl_generics #krate::Listens for #name #type_generics #where_clause {
                fn kinds(&self) -> #krate::KindFilter {
                    #kinds
                }

                #forwards
            }
        };
    }
}

/// The generics, with the bounds that a listener needs.
fn with_bounds(input: &DeriveInput, checked: &Checked) -> Generics {
    let krate = krate();
    let mut generics = input.generics.clone();
    let lifetimes: Vec<_> = generics
        .lifetimes()
        .map(|param| param.lifetime.clone())
        .collect();
    let types: Vec<_> = generics
        .type_params()
        .map(|param| param.ident.clone())
        .collect();
    if lifetimes.is_empty() && types.is_empty() && generics.where_clause.is_none() {
        return generics;
    }
    let predicates = &mut generics.make_where_clause().predicates;
    for lifetime in lifetimes {
        predicates.push(parse_quote!(#lifetime: 'static));
    }
    for ty in types {
        predicates.push(parse_quote! {
            #ty: ::core::marker::Send + ::core::marker::Sync + 'static
        });
    }
    for ty in checked.forwards.types() {
        // The bound of a field that contains the type itself would be circular.
        if !contains_name(ty.to_token_stream(), &input.ident) {
            predicates.push(parse_quote!(#ty: #krate::Listener));
        }
    }
    generics
}

fn contains_name(tokens: TokenStream, name: &Ident) -> bool {
    any_word(tokens, &|word| word == name || word == "Self")
}

/// The body of `method`: calls the handlers that `handler` selects, then `method` of each field.
fn notify(
    checked: &Checked,
    handler: impl Fn(&Rule) -> Option<&ExprPath>,
    method: &TokenStream,
) -> Option<TokenStream> {
    let krate = krate();
    let event = local("event");
    let parts = local("parts");
    let handlers: Vec<_> = checked
        .rules
        .iter()
        .filter_map(|rule| Some(call_handler(rule, handler(rule)?)))
        .collect();
    let forwards = for_each(checked, |listener| {
        let call = quote!(#krate::Listener::#method(#listener, #event));
        quote!(#krate::__private::CatchEach::call(&mut #parts, || #call))
    });
    if handlers.is_empty() && forwards.is_none() {
        return None;
    }
    Some(quote! {
        let mut #parts = #krate::__private::CatchEach::new();
        #(#handlers)*
        #forwards
        #krate::__private::CatchEach::finish(#parts);
    })
}

/// Calls `handler` if the event matches the rule.
fn call_handler(rule: &Rule, handler: &ExprPath) -> TokenStream {
    let krate = krate();
    let event = local("event");
    let parts = local("parts");
    let call = local("handler");
    let condition = rule.filter.as_ref().map_or_else(|| quote!(true), matches);
    // The span makes the compiler report a wrong signature at the handler's name.
    let span = Span::mixed_site().located_at(handler.span());
    let declare = quote_spanned! {span=>
        let #call: fn(&Self, &#krate::Event<'_>) = #handler;
    };
    quote! {
        if #condition {
            #declare
            #krate::__private::CatchEach::call(&mut #parts, || #call(self, #event));
        }
    }
}

/// The value of `Listener::wants_data`: whether a handler or a field wants it.
fn wants_data(checked: &Checked) -> TokenStream {
    let wants = |rule: &Rule| rule.wants.data && (rule.on_start.is_some() || rule.on_end.is_some());
    any_wants(checked, wants, &quote!(wants_data))
}

/// The value of `Listener::wants_end_data`: whether a handler of ENDs or a field wants it.
fn wants_end_data(checked: &Checked) -> TokenStream {
    let wants = |rule: &Rule| rule.wants.data && rule.wants.end_data && rule.on_end.is_some();
    any_wants(checked, wants, &quote!(wants_end_data))
}

/// The value of `Listener::wants_duration`: whether a handler of ENDs or a field wants it.
fn wants_duration(checked: &Checked) -> TokenStream {
    let wants = |rule: &Rule| rule.wants.duration && rule.on_end.is_some();
    any_wants(checked, wants, &quote!(wants_duration))
}

/// Whether a rule `wants`, or `method` of a field returns `true`.
fn any_wants(
    checked: &Checked,
    wants: impl Fn(&Rule) -> bool,
    method: &TokenStream,
) -> TokenStream {
    if checked.rules.iter().any(wants) {
        return quote!(true);
    }
    let krate = krate();
    let any = local("any");
    let forwards = for_each(
        checked,
        |listener| quote!(#any |= #krate::Listener::#method(#listener)),
    );
    quote! {
        let mut #any = false;
        #forwards
        #any
    }
}
