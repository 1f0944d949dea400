//! The expansion of `#[derive(EventData)]`, which cannot fail.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{DeriveInput, Generics, parse_quote, parse2};

use super::check::{Checked, DataField, Form};
use crate::runtime::{captured, tiers};

// Input:
//
//     #[derive(EventData)]
//     struct Query { table: String, #[data(display)] cost: Cost }
//
// Output:
//
//     impl EventData for &Query {
//         fn with_data<R>(self, f: impl FnOnce(Data<'_>) -> R) -> R {
//             f(Data::new(&[
//                 Field::new("table", (&&&&&&&Capture::place(&self.table)).__event_core_capture()),
//                 Field::new("cost", Value::displayed(&self.cost)),
//             ]))
//         }
//     }
//     impl EventData for Query {
//         fn with_data<R>(self, f: impl FnOnce(Data<'_>) -> R) -> R { (&self).with_data(f) }
//     }
pub(crate) fn expand(input: &DeriveInput, checked: &Checked) -> TokenStream {
    let krate = &checked.krate;
    let private = quote!(#krate::__private);
    let tiers = tiers(&private);
    let fields = checked.fields.iter().map(|field| {
        let name = &field.name;
        let key = &field.key;
        let value = match field.form {
            Form::Plain => captured(&quote!(#private::Capture::place(&self.#name))),
            Form::Redacted => quote!(#private::Value::REDACTED),
            Form::Debug => formatted(field, &private, "printed"),
            Form::Display => formatted(field, &private, "displayed"),
        };
        quote!(#private::Field::new(#key, #value))
    });
    // The prefixes keep these names distinct from names in the user's code.
    let result = format_ident!("__EventCoreResult");
    let then = format_ident!("__event_core_then");
    let name = &input.ident;
    let (impl_generics, type_generics, where_clause) = input.generics.split_for_impl();
    let mut borrowed = without_self(input);
    borrowed.params.insert(0, parse_quote!('__event_core));
    let (borrowed_generics, _, borrowed_where) = borrowed.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #borrowed_generics #krate::EventData for &'__event_core #name #type_generics
        #borrowed_where
        {
            fn with_data<#result>(
                self,
                #then: impl ::core::ops::FnOnce(#krate::Data<'_>) -> #result,
            ) -> #result {
                #tiers
                #then(#krate::Data::new(&[#(#fields),*]))
            }
        }

        #[automatically_derived]
        impl #impl_generics #krate::EventData for #name #type_generics #where_clause {
            fn with_data<#result>(
                self,
                #then: impl ::core::ops::FnOnce(#krate::Data<'_>) -> #result,
            ) -> #result {
                #krate::EventData::with_data(&self, #then)
            }
        }
    }
}

/// The generics of the struct, with its name in place of `Self`.
///
/// `Self` is the reference in an implementation for it.
fn without_self(input: &DeriveInput) -> Generics {
    let (_, type_generics, where_clause) = input.generics.split_for_impl();
    let name = &input.ident;
    let ty = quote!(#name #type_generics);
    let mut generics = input.generics.clone();
    for param in &mut generics.params {
        if let Ok(replaced) = parse2(replace_self(param.to_token_stream(), &ty)) {
            *param = replaced;
        }
    }
    let replaced = replace_self(where_clause.to_token_stream(), &ty);
    generics.where_clause = parse2(replaced).ok().or(generics.where_clause);
    generics
}

fn replace_self(tokens: TokenStream, ty: &TokenStream) -> TokenStream {
    let mut replaced = TokenStream::new();
    for token in tokens {
        match token {
            TokenTree::Ident(word) if word == "Self" => replaced.extend(ty.clone()),
            TokenTree::Group(group) => {
                let mut inside = Group::new(group.delimiter(), replace_self(group.stream(), ty));
                inside.set_span(group.span());
                replaced.extend([TokenTree::Group(inside)]);
            }
            token => replaced.extend([token]),
        }
    }
    replaced
}

/// `Value::printed(&self.name)` with the span of the field's type.
///
/// The compiler reports a missing trait at that type.
fn formatted(data: &DataField, private: &TokenStream, constructor: &str) -> TokenStream {
    let span = data.ty.span().resolved_at(Span::mixed_site());
    let constructor = Ident::new(constructor, span);
    let name = &data.name;
    let field = quote!(self.#name); // with another span, because `self` belongs to the method
    quote_spanned!(span=> #private::Value::#constructor(&#field))
}
