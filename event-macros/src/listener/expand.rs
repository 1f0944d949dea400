//! The expansion of `#[derive(Listener)]`, which cannot fail.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{DeriveInput, ExprPath, Generics, Type, parse_quote};

use super::args::Filter;
use super::check::{Checked, Forwards, Rule};

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
//     }
//     impl Listens for Progress {
//         fn kinds(&self) -> KindFilter { KindFilter::any_of(["app:*".into()]) }
//     }
pub(crate) fn expand(input: &DeriveInput, checked: &Checked) -> TokenStream {
    let stated = &checked.krate;
    let krate = krate();
    let name = &input.ident;
    let generics = bounded(input, checked);
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    let event = local("event");
    let starts = calls(checked, |rule| rule.on_start.as_ref(), &quote!(on_start));
    let ends = calls(checked, |rule| rule.on_end.as_ref(), &quote!(on_end));
    let (wants_data, polls) = (wants_data(checked), polls(checked));
    let (kinds, forwards) = (kinds(checked), forwards(checked));
    quote! {
        const _: () = {
            use #stated as #krate;

            #[automatically_derived]
            impl #impl_generics #krate::Listener for #name #type_generics #where_clause {
                fn on_start(&self, #event: &#krate::Event<'_>) {
                    let _ = #event;
                    #starts
                }

                fn on_end(&self, #event: &#krate::Event<'_>) {
                    let _ = #event;
                    #ends
                }

                fn wants_data(&self) -> ::core::primitive::bool {
                    #wants_data
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

/// The runtime crate, by one name in the whole expansion, so that a wrong path is one error.
fn krate() -> TokenStream {
    quote!(__event_core)
}

/// A name that no item or constant of the user's stands in for.
fn local(name: &str) -> Ident {
    Ident::new(&format!("__event_core_{name}"), Span::mixed_site())
}

/// The generics, with what being a listener asks of them.
fn bounded(input: &DeriveInput, checked: &Checked) -> Generics {
    let krate = krate();
    let mut generics = input.generics.clone();
    let lifetimes: Vec<_> = generics
        .lifetimes()
        .map(|param| param.lifetime.clone())
        .collect();
    let params: Vec<_> = generics
        .type_params()
        .map(|param| param.ident.clone())
        .collect();
    if lifetimes.is_empty() && params.is_empty() && generics.where_clause.is_none() {
        return generics;
    }
    let clause = generics.make_where_clause();
    for lifetime in lifetimes {
        clause.predicates.push(parse_quote!(#lifetime: 'static));
    }
    for param in params {
        clause.predicates.push(parse_quote! {
            #param: ::core::marker::Send + ::core::marker::Sync + 'static
        });
    }
    // A type that holds itself is a listener if what else it holds is.
    for ty in checked
        .forwards
        .types()
        .into_iter()
        .filter(|ty| !names(ty, &input.ident))
    {
        clause.predicates.push(parse_quote!(#ty: #krate::Listener));
    }
    generics
}

fn names(ty: &Type, wanted: &Ident) -> bool {
    fn any(tokens: TokenStream, wanted: &Ident) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Ident(word) => word == *wanted || word == "Self",
            TokenTree::Group(group) => any(group.stream(), wanted),
            _ => false,
        })
    }
    any(ty.to_token_stream(), wanted)
}

/// The handlers that `handler` finds, then the listeners that are told by `method`.
fn calls(
    checked: &Checked,
    handler: impl Fn(&Rule) -> Option<&ExprPath>,
    method: &TokenStream,
) -> TokenStream {
    let krate = krate();
    let (event, call, parts) = (local("event"), local("handler"), local("parts"));
    let handlers: Vec<_> = checked
        .rules
        .iter()
        .filter_map(|rule| {
            let handler = handler(rule)?;
            let matches = rule.filter.as_ref().map(matches);
            let matches = matches.unwrap_or_else(|| quote!(true));
            // At the handler's name: that is where a wrong signature is to be told.
            let at = Span::mixed_site().located_at(handler.span());
            let handler = quote_spanned! {at=>
                let #call: fn(&Self, &#krate::Event<'_>) = #handler;
            };
            Some(quote! {
                if #matches {
                    #handler
                    #parts.call(|| #call(self, #event));
                }
            })
        })
        .collect();
    let forwards = for_each_forward(
        checked,
        |listener| quote!(#parts.call(|| #krate::Listener::#method(#listener, #event))),
    );
    if handlers.is_empty() && forwards.is_none() {
        return TokenStream::new();
    }
    quote! {
        // One that panics keeps nothing from the others.
        let mut #parts = #krate::__private::CatchEach::new();
        #(#handlers)*
        #forwards
        #parts.finish();
    }
}

/// Does `each` with every listener inside, a `&dyn Listener`; nothing where there is none.
fn for_each_forward(
    checked: &Checked,
    each: impl FnOnce(&Ident) -> TokenStream,
) -> Option<TokenStream> {
    let (krate, listener) = (krate(), local("listener"));
    let each = each(&listener);
    let any = !checked.forwards.types().is_empty();
    any.then(|| quote!(#krate::Listens::forwards(self, &mut |#listener| #each);))
}

/// `Listens::forwards`. That a field is a listener is asked here alone, at its type, so that one
/// that is none is one error.
fn forwards(checked: &Checked) -> Option<TokenStream> {
    if checked.forwards.types().is_empty() {
        return None;
    }
    let (krate, each) = (krate(), local("each"));
    let show = |place: TokenStream, ty: &Type| {
        let at = Span::mixed_site().located_at(ty.span());
        quote_spanned!(at=> #each(&#place);)
    };
    let listeners: TokenStream = match &checked.forwards {
        Forwards::Struct(fields) => fields
            .iter()
            .map(|(member, ty)| show(quote!(self.#member), ty))
            .collect(),
        Forwards::Enum(variants) => {
            let arms = variants.iter().map(|(variant, fields)| {
                let names: Vec<Ident> = (0..fields.len())
                    .map(|place| local(&format!("listener{place}")))
                    .collect();
                let members = fields.iter().map(|(member, _)| member);
                let types = fields.iter().map(|(_, ty)| ty);
                let calls = names
                    .iter()
                    .zip(types)
                    .map(|(name, ty)| show(quote!(*#name), ty));
                quote!(Self::#variant { #(#members: ref #names,)* .. } => { #(#calls)* })
            });
            quote!(match *self { #(#arms)* })
        }
    };
    Some(quote! {
        fn forwards(
            &self,
            #each: &mut dyn ::core::ops::FnMut(&dyn #krate::Listener),
        ) {
            #listeners
        }
    })
}

fn matches(filter: &Filter) -> TokenStream {
    let krate = krate();
    let event = local("event");
    match filter {
        Filter::Literal(literal) => {
            let name = literal.value();
            let prefix = name.strip_suffix('*');
            prefix.map_or_else(
                || quote!(#event.kind().as_str() == #name),
                |prefix| quote!(#event.kind().as_str().starts_with(#prefix)),
            )
        }
        Filter::Path(_) => {
            let filter = kind_filter(filter);
            quote!(#krate::KindFilter::matches(&#filter, #event.kind()))
        }
    }
}

fn kind_filter(filter: &Filter) -> TokenStream {
    let krate = krate();
    let text_or_kind = match filter {
        Filter::Literal(literal) => quote!(#literal),
        // In a `let`, so that a constant of another type is what is wrong.
        Filter::Path(path) => {
            let (at, kind) = (Span::mixed_site().located_at(path.span()), local("kind"));
            quote_spanned!(at=> { let #kind: #krate::Kind = #path; #kind })
        }
    };
    quote!(<#krate::KindFilter as ::core::convert::From<_>>::from(#text_or_kind))
}

fn wants_data(checked: &Checked) -> TokenStream {
    let krate = krate();
    let looks = |rule: &Rule| rule.on_start.is_some() || rule.on_end.is_some();
    if checked
        .rules
        .iter()
        .any(|rule| rule.wants_data && looks(rule))
    {
        return quote!(true);
    }
    let wants = local("wants_data");
    let forwards = for_each_forward(
        checked,
        |listener| quote!(#wants |= #krate::Listener::wants_data(#listener)),
    );
    quote! {
        #[allow(unused_mut)]
        let mut #wants = false;
        #forwards
        #wants
    }
}

/// `on_poll` and `wants_polls`, where there are listeners inside who may want to be told.
fn polls(checked: &Checked) -> Option<TokenStream> {
    let krate = krate();
    let (future, status) = (local("future"), local("status"));
    let (wants, parts) = (local("wants_polls"), local("parts"));
    let told = for_each_forward(
        checked,
        |listener| quote!(#parts.call(|| #krate::Listener::on_poll(#listener, #future, #status))),
    )?;
    let asked = for_each_forward(
        checked,
        |listener| quote!(#wants |= #krate::Listener::wants_polls(#listener)),
    );
    Some(quote! {
        fn on_poll(&self, #future: #krate::EventId, #status: #krate::EventStatus) {
            let mut #parts = #krate::__private::CatchEach::new();
            #told
            #parts.finish();
        }

        fn wants_polls(&self) -> ::core::primitive::bool {
            let mut #wants = false;
            #asked
            #wants
        }
    })
}

/// Every kind that is named; all, where a rule names none or only listeners inside are told.
fn kinds(checked: &Checked) -> TokenStream {
    let krate = krate();
    let filters: Option<Vec<_>> = checked
        .rules
        .iter()
        .map(|rule| rule.filter.as_ref())
        .collect();
    match filters {
        Some(filters) if !filters.is_empty() => {
            let filters = filters.into_iter().map(kind_filter);
            quote!(#krate::KindFilter::any_of([#(#filters),*]))
        }
        _ => quote!(#krate::KindFilter::all()),
    }
}
