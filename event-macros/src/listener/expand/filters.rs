//! The kinds and patterns of the listener's rules.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::names::{krate, local};
use crate::kind_name;
use crate::listener::args::Filter;
use crate::listener::check::Checked;

/// The value of `Listens::kinds`: the filters of all rules.
///
/// It matches all kinds if a rule has no filter, or if there are no rules.
pub(crate) fn kinds(checked: &Checked) -> TokenStream {
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

/// The condition that the event's kind matches `filter`.
pub(crate) fn matches(filter: &Filter) -> TokenStream {
    let krate = krate();
    let event = local("event");
    let pattern_matches = |pattern: &str| {
        if let Some(prefix) = pattern.strip_suffix('*') {
            quote!(#krate::Event::kind(#event).as_str().starts_with(#prefix))
        } else {
            quote!(#krate::Event::kind(#event).as_str() == #pattern)
        }
    };
    match filter {
        Filter::Literal(literal) => {
            let text = literal.value();
            let mut patterns = kind_name::patterns(&text);
            let Some(first) = patterns.next() else {
                return quote!(false);
            };
            // The last pattern that matches decides, so each condition precedes the earlier ones.
            let start = match pattern_matches(first.text) {
                condition if first.includes => condition,
                condition => quote!(!(#condition)),
            };
            patterns.fold(start, |earlier, pattern| {
                let condition = pattern_matches(pattern.text);
                if pattern.includes {
                    quote!(#condition || #earlier)
                } else {
                    quote!(!(#condition) && (#earlier))
                }
            })
        }
        Filter::Path(_) => {
            let filter = kind_filter(filter);
            quote!(#krate::KindFilter::matches(&#filter, #krate::Event::kind(#event)))
        }
    }
}

fn kind_filter(filter: &Filter) -> TokenStream {
    let krate = krate();
    let string_or_kind = match filter {
        Filter::Literal(literal) => quote!(#literal),
        Filter::Path(path) => {
            // The `let` makes the compiler report a constant of another type at its path.
            let span = Span::mixed_site().located_at(path.span());
            let kind = local("kind");
            quote_spanned!(span=> { let #kind: #krate::Kind = #path; #kind })
        }
    };
    quote!(<#krate::KindFilter as ::core::convert::From<_>>::from(#string_or_kind))
}
