//! One attribute on a function, and the tokens that all of its forms share.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::capture::{keys, values};
use crate::syntax::function::Function;
use crate::syntax::return_type::named_output;
use crate::trigger_event::check::{Checked, Source};
use crate::trigger_event::params::Params;
use crate::trigger_event::settings::Kind;

/// One attribute on a function, whose body is already expanded for the attributes after it.
pub(crate) struct Expansion<'a> {
    pub(crate) checked: &'a Checked,
    pub(crate) function: &'a Function,
    pub(crate) params: &'a Params,
    /// Whether it is an `async fn` whose body may await.
    pub(crate) suspends: bool,
    /// Whether it is the last attribute, which makes the arguments locals of the body.
    pub(crate) innermost: bool,
}

impl Expansion<'_> {
    pub(crate) fn private(&self) -> TokenStream {
        self.checked.private()
    }

    /// The `let`s that make the arguments locals of the body, apart from the first `passed`.
    pub(crate) fn rebind(&self, passed: usize) -> TokenStream {
        if self.innermost {
            self.params.rebind(passed)
        } else {
            TokenStream::new()
        }
    }

    /// `[Value, …]` of the arguments, which are available by their names.
    pub(crate) fn values(&self) -> TokenStream {
        values(self.checked, self.params, false)
    }

    /// `-> R { body }`.
    pub(crate) fn closure_body(&self, passed: usize) -> TokenStream {
        let output = named_output(&self.function.sig.output);
        let rebind = self.rebind(passed);
        let body = if rebind.is_empty() {
            self.function.body.clone()
        } else {
            self.function.body_value()
        };
        let body = self.function.braced(&quote!(#rebind #body));
        quote!(-> #output #body)
    }

    /// The value of the function's static.
    pub(crate) fn site(&self) -> TokenStream {
        let private = self.private();
        let krate = &self.checked.krate;
        let name = &self.function.sig.ident;
        let kind = match &self.checked.kind {
            Kind::Literal(literal) => quote!(#krate::Kind::checked(#literal)),
            Kind::Path(path) => {
                // In a `let`, so that a constant of another type is what is wrong.
                let at = Span::mixed_site().located_at(path.span());
                quote_spanned!(at=> { let kind: #krate::Kind = #path; kind })
            }
        };
        let function = syn::ext::IdentExt::unraw(name).to_string();
        let keys = keys(self.checked, self.params);
        // At the function's name, so that its line and column are told, not the attribute's.
        let place = quote_spanned! {name.span()=>
            (::core::file!(), ::core::line!(), ::core::column!())
        };
        quote!(#private::Callsite::new(#kind, #function, ::core::module_path!(), #place, #keys))
    }

    /// Whether each argument is captured as it is, and nothing else is said.
    pub(crate) fn captures_all(&self) -> bool {
        let fields = &self.checked.fields;
        let captured = fields.iter().map(|field| match &field.value {
            Source::Implicit(name) => self.params.find(name),
            _ => None,
        });
        !self.checked.ret
            && self.checked.err.is_none()
            && captured.eq(self.params.names().map(Some))
    }
}
