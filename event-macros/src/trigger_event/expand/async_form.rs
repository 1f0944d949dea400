//! Whether an annotated `async fn` becomes a function that returns its future.
//!
//! The future of an `async fn` would contain the future of the scope, and each poll would go
//! through both. A returned future is the future of the scope itself. The compiler and the callers
//! see no difference, except for the functions that this file leaves as they are.

use proc_macro2::Span;
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{ReturnType, Token, Type};

use crate::syntax::function::Function;
use crate::syntax::return_type::{has_impl, is_never};
use crate::trigger_event::attributes::is_for_any_function;
use crate::trigger_event::params::Params;

/// Whether the `async fn` may return its future instead.
///
/// These stay `async fn`s:
///
/// * a function with an attribute that may be a macro, which may demand an `async fn`;
/// * a function with `#[must_use]`, which the compiler then also applies to the value of the
///   future, and one with `#[track_caller]` or `#[target_feature]`;
/// * `-> !`, which cannot be the output of a future in a type, and `-> impl Trait`, which captures
///   other lifetimes in older editions;
/// * an argument that must be bound inside the future.
pub(super) fn may_return_future(function: &Function, params: &Params) -> bool {
    let sig = &function.sig;
    function.attrs.iter().all(is_for_any_function)
        && function.defaultness.is_none()
        && sig.abi.is_none()
        && !is_never(&sig.output)
        && !has_impl(sig.output.to_token_stream())
        && params.can_be_moved()
}

// Input:   async fn f(x: T) -> R
// Output:  fn f(x: T) -> impl Future<Output = R>
//
// The tokens are of this crate's edition, in which `impl Trait` captures the same lifetimes and
// types as the future of an `async fn`, in any edition of the user. An empty `where` follows if
// there is no other, so that the signature ends with a token of the user. Otherwise lints of the
// signature would be reported at the attribute.
pub(super) fn return_future(function: &mut Function) {
    let sig = &mut function.sig;
    sig.asyncness = None;
    let (output, end) = match &sig.output {
        ReturnType::Default => (quote!(()), sig.paren_token.span.close()),
        ReturnType::Type(_, output) => (output.to_token_stream(), output.span()),
    };
    let span = Span::mixed_site().located_at(end);
    let predicates = sig.generics.where_clause.as_ref();
    let has_where = predicates.is_some_and(|clause| !clause.predicates.is_empty());
    let end = (!has_where).then(|| quote_spanned!(end=> where));
    let future = quote_spanned!(span=> impl ::core::future::Future<Output = #output> #end);
    let arrow = Token![->](span);
    sig.output = ReturnType::Type(arrow, Box::new(Type::Verbatim(future)));
}
