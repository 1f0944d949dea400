//! The expansion of `#[derive(EventData)]`, which cannot fail.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{DeriveInput, parse_quote};

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
//             let fields = [
//                 Field::new("table", Capture::place(&self.table).capture()),
//                 Field::new("cost", Capture::shown(&self.cost).capture()),
//             ];
//             f(Data::new(&fields))
//         }
//     }
//     impl EventData for Query { … (&self).with_data(f) }
pub(crate) fn expand(input: &DeriveInput, checked: &Checked) -> TokenStream {
    let krate = &checked.krate;
    let private = quote!(#krate::__private);
    let tiers = tiers(&private);
    let fields = checked.fields.iter().map(|field| {
        let (name, key) = (&field.name, &field.key);
        let value = match field.form {
            Form::Plain => captured(&quote!(#private::Capture::place(&self.#name))),
            Form::Debug => shown(field, &private, "printed"),
            Form::Display => shown(field, &private, "displayed"),
        };
        quote!(#private::Field::new(#key, #value))
    });
    // No name of the user's is like these.
    let (result, then) = (
        format_ident!("__EventCoreResult"),
        format_ident!("__event_core_then"),
    );
    let name = &input.ident;
    let (impl_generics, type_generics, where_clause) = input.generics.split_for_impl();
    let mut borrowed = input.generics.clone();
    borrowed.params.insert(0, parse_quote!('__event_core));
    let (borrowed_generics, ..) = borrowed.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #borrowed_generics #krate::EventData for &'__event_core #name #type_generics
        #where_clause
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

/// `Value::printed(&self.name)` at the field's type, which must be printable.
fn shown(field: &DataField, private: &TokenStream, by: &str) -> TokenStream {
    let at = field.ty.span().resolved_at(Span::mixed_site());
    let (by, name) = (Ident::new(by, at), &field.name);
    let place = quote!(self.#name); // `self` is of the method, at any place
    quote_spanned!(at=> #private::Value::#by(&#place))
}
