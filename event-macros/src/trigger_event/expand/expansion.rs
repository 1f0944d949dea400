//! One attribute on a function, and the tokens that several forms of its expansion share.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use super::capture::{keys, values};
use super::origin::Origin;
use crate::syntax::function::Function;
use crate::syntax::return_type::named_output;
use crate::trigger_event::check::{Checked, Field, Source};
use crate::trigger_event::params::Params;
use crate::trigger_event::settings::Kind;

/// One attribute on a function. The body is already expanded for the attributes after it.
pub(crate) struct Expansion<'a> {
    pub(crate) checked: &'a Checked,
    pub(crate) function: &'a Function,
    pub(crate) params: &'a Params,
    /// Whether the function is an `async fn` whose body may await.
    pub(crate) suspends: bool,
    /// Whether the function returns the future of its body, instead of being an `async fn`. For
    /// the first attribute only, because the others are inside the future.
    pub(crate) returns_future: bool,
    /// Whether this is the last attribute. Its expansion makes the arguments locals of the body.
    pub(crate) innermost: bool,
    pub(crate) origin: Origin,
}

impl Expansion<'_> {
    /// The path of the runtime's module for expansions.
    pub(crate) fn private(&self) -> TokenStream {
        self.checked.private()
    }

    /// The `let`s that make the arguments locals of the body, except the first `passed` arguments.
    pub(crate) fn rebind(&self, passed: usize) -> TokenStream {
        if self.innermost {
            self.params.rebind(passed)
        } else {
            TokenStream::new()
        }
    }

    /// `[Value, …]` of the fields, where the arguments are available by their names.
    pub(crate) fn values(&self) -> TokenStream {
        values(self.checked, self.params)
    }

    /// `-> R { body }` for a closure to which the first `passed` arguments are passed.
    pub(crate) fn closure_body(&self, passed: usize) -> TokenStream {
        let output = named_output(&self.function.sig.output);
        let rebind = self.rebind(passed);
        let body = if rebind.is_empty() {
            self.function
                .braced(&self.function.body)
                .into_token_stream()
        } else {
            self.function.body_after(&rebind)
        };
        quote!(-> #output #body)
    }

    /// The initial value of the call site's static.
    pub(crate) fn site(&self) -> TokenStream {
        let private = self.private();
        let name = &self.function.sig.ident;
        let kind = kind(self.checked);
        let function = name.unraw().to_string();
        let keys = keys(self.checked, self.params);
        // The span of the name makes these the function's line and column, not the attribute's.
        let location = quote_spanned! {name.span()=>
            (::core::file!(), ::core::line!(), ::core::column!())
        };
        quote!(#private::Callsite::new(#kind, #function, ::core::module_path!(), #location, #keys))
    }

    /// Whether every field is an argument, so that none has to be evaluated.
    pub(crate) fn captures_arguments(&self) -> bool {
        let mut fields = self.checked.fields.iter();
        fields.all(|field| self.argument(field).is_some())
    }

    /// The parameter that is the value of `field`, if the field has no other source.
    pub(crate) fn argument(&self, field: &Field) -> Option<&Ident> {
        match &field.source {
            Source::Implicit(name) | Source::Redacted(name) => self.params.find(name),
            _ => None,
        }
    }
}

/// The kind of an attribute, as the initial value of a static.
pub(crate) fn kind(checked: &Checked) -> TokenStream {
    let krate = &checked.krate;
    match &checked.kind {
        Kind::Literal(literal) => quote!(#krate::Kind::checked(#literal)),
        Kind::Module => quote!(#krate::Kind::of_module(::core::module_path!())),
        Kind::Path(path) => {
            // The `let` makes the compiler report a constant of another type at its path.
            let at = Span::mixed_site().located_at(path.span());
            quote_spanned!(at=> { let kind: #krate::Kind = #path; kind })
        }
    }
}
