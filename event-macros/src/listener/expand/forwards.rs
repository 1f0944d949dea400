//! The fields to which events are forwarded.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Member, Type};

use super::names::{krate, local};
use crate::listener::check::{Checked, Forwards};

/// `Listens::forwards`, which calls a closure with each of the fields. `None` without fields.
///
/// Only this method converts a field to `&dyn Listener`, so that the compiler reports a field that
/// is not a listener once. The conversion has the span of the field's type.
pub(crate) fn forwards(checked: &Checked) -> Option<TokenStream> {
    if checked.forwards.types().is_empty() {
        return None;
    }
    let krate = krate();
    let each = local("each");
    let calls: TokenStream = match &checked.forwards {
        Forwards::Struct(fields) => fields
            .iter()
            .map(|(member, ty)| call_each(&quote!(self.#member), ty))
            .collect(),
        Forwards::Enum(variants) => {
            let arms = variants
                .iter()
                .map(|(variant, fields)| variant_arm(variant, fields));
            quote!(match *self { #(#arms)* })
        }
    };
    Some(quote! {
        fn forwards(
            &self,
            #each: &mut dyn ::core::ops::FnMut(&dyn #krate::Listener),
        ) {
            #calls
        }
    })
}

fn variant_arm(variant: &Ident, fields: &[(Member, Type)]) -> TokenStream {
    let names: Vec<Ident> = (0..fields.len())
        .map(|index| local(&format!("listener{index}")))
        .collect();
    let members = fields.iter().map(|(member, _)| member);
    let calls = names
        .iter()
        .zip(fields)
        .map(|(name, (_, ty))| call_each(&quote!(*#name), ty));
    quote!(Self::#variant { #(#members: ref #names,)* .. } => { #(#calls)* })
}

fn call_each(field: &TokenStream, ty: &Type) -> TokenStream {
    let each = local("each");
    let span = Span::mixed_site().located_at(ty.span());
    quote_spanned!(span=> #each(&#field);)
}

/// Evaluates `each` for each of the fields, as a `&dyn Listener`. `None` without fields.
pub(crate) fn for_each(
    checked: &Checked,
    each: impl FnOnce(&Ident) -> TokenStream,
) -> Option<TokenStream> {
    if checked.forwards.types().is_empty() {
        return None;
    }
    let krate = krate();
    let listener = local("listener");
    let each = each(&listener);
    Some(quote!(#krate::Listens::forwards(self, &mut |#listener| #each);))
}

/// `Listener::on_poll` and `Listener::wants_polls`. `None` without fields.
pub(crate) fn polls(checked: &Checked) -> Option<TokenStream> {
    let krate = krate();
    let future = local("future");
    let status = local("status");
    let wants_polls = local("wants_polls");
    let parts = local("parts");
    let notify = for_each(checked, |listener| {
        let call = quote!(#krate::Listener::on_poll(#listener, #future, #status));
        quote!(#krate::__private::CatchEach::call(&mut #parts, || #call))
    })?;
    let collect = for_each(
        checked,
        |listener| quote!(#wants_polls |= #krate::Listener::wants_polls(#listener)),
    )?;
    Some(quote! {
        fn on_poll(&self, #future: #krate::EventId, #status: #krate::EventStatus) {
            let mut #parts = #krate::__private::CatchEach::new();
            #notify
            #krate::__private::CatchEach::finish(#parts);
        }

        fn wants_polls(&self) -> ::core::primitive::bool {
            let mut #wants_polls = false;
            #collect
            #wants_polls
        }
    })
}
