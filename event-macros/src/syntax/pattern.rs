//! Patterns of arguments: the names that they bind, and the parts that they leave unbound.

use proc_macro2::{Ident, Span};
use syn::{Pat, PatIdent, Token};

/// The prefix of a placeholder: the name that an expansion gives to an argument instead of its
/// pattern.
pub(crate) const PLACEHOLDER_PREFIX: &str = "__event_core_argument";

/// Adds the names that `pat` binds, in order.
pub(crate) fn collect_bindings<'a>(pat: &'a Pat, names: &mut Vec<&'a Ident>) {
    let mut all = |pats: &mut dyn Iterator<Item = &'a Pat>| {
        pats.for_each(|pat| collect_bindings(pat, names));
    };
    match pat {
        Pat::Ident(binding) => {
            names.push(&binding.ident);
            if let Some((_, inner)) = &binding.subpat {
                collect_bindings(inner, names);
            }
        }
        Pat::Reference(pat) => collect_bindings(&pat.pat, names),
        Pat::Paren(pat) => collect_bindings(&pat.pat, names),
        Pat::Type(pat) => collect_bindings(&pat.pat, names),
        Pat::Tuple(pat) => all(&mut pat.elems.iter()),
        Pat::TupleStruct(pat) => all(&mut pat.elems.iter()),
        Pat::Slice(pat) => all(&mut pat.elems.iter()),
        Pat::Struct(pat) => all(&mut pat.fields.iter().map(|field| &*field.pat)),
        // All cases of an or-pattern bind the same names.
        Pat::Or(pat) => all(&mut pat.cases.iter().take(1)),
        _ => {}
    }
}

/// Whether `name` is a placeholder.
///
/// The input contains a placeholder if an earlier attribute, which was imported under another name,
/// has been expanded.
pub(crate) fn is_placeholder(name: &Ident) -> bool {
    name.to_string().starts_with(PLACEHOLDER_PREFIX)
}

/// Whether a name begins with `_`, so that reading it raises a lint.
pub(crate) fn is_unused(name: &Ident) -> bool {
    name.to_string().starts_with('_') && !is_placeholder(name)
}

/// A pattern that consists of a name.
pub(crate) fn named(ident: Ident) -> Pat {
    Pat::Ident(PatIdent {
        attrs: Vec::new(),
        by_ref: None,
        mutability: None,
        ident,
        subpat: None,
    })
}

/// Whether a pattern has a `_` or `..`, and can also match a reference to the argument.
///
/// The parts that a pattern does not bind stay in the argument, and are dropped with it.
pub(crate) fn leaves_parts(pat: &Pat) -> bool {
    has_unbound_part(pat) && matches_references(pat)
}

fn has_unbound_part(pat: &Pat) -> bool {
    match pat {
        Pat::Wild(_) | Pat::Rest(_) => true,
        Pat::Paren(pat) => has_unbound_part(&pat.pat),
        Pat::Tuple(pat) => pat.elems.iter().any(has_unbound_part),
        Pat::TupleStruct(pat) => pat.elems.iter().any(has_unbound_part),
        Pat::Slice(pat) => pat.elems.iter().any(has_unbound_part),
        Pat::Struct(pat) => {
            pat.rest.is_some() || pat.fields.iter().any(|field| has_unbound_part(&field.pat))
        }
        _ => false,
    }
}

fn matches_references(pat: &Pat) -> bool {
    match pat {
        Pat::Wild(_) | Pat::Rest(_) => true,
        Pat::Ident(binding) => binding.by_ref.is_none() && binding.subpat.is_none(),
        Pat::Paren(pat) => matches_references(&pat.pat),
        Pat::Tuple(pat) => pat.elems.iter().all(matches_references),
        Pat::TupleStruct(pat) => pat.elems.iter().all(matches_references),
        Pat::Slice(pat) => pat.elems.iter().all(matches_references),
        Pat::Struct(pat) => pat
            .fields
            .iter()
            .all(|field| matches_references(&field.pat)),
        _ => false,
    }
}

/// Removes `mut` from the bindings of a pattern, and adds it to `taken`.
pub(crate) fn take_mut(pat: &mut Pat, taken: &mut Vec<(Ident, Token![mut])>) {
    match pat {
        Pat::Ident(binding) if binding.by_ref.is_none() => {
            let mutability = binding.mutability.take();
            taken.extend(mutability.map(|mutability| (binding.ident.clone(), mutability)));
        }
        _ => {}
    }
    for inner in subpatterns(pat) {
        take_mut(inner, taken);
    }
}

/// Whether a pattern contains a macro call.
pub(crate) fn has_macro(pat: &mut Pat) -> bool {
    matches!(pat, Pat::Macro(_)) || subpatterns(pat).any(has_macro)
}

/// Whether a pattern binds a name by `ref`.
pub(crate) fn has_ref(pat: &mut Pat) -> bool {
    matches!(pat, Pat::Ident(binding) if binding.by_ref.is_some()) || subpatterns(pat).any(has_ref)
}

/// Replaces all bindings except `name` by `_`, and removes the `mut` of `name`.
pub(crate) fn keep_only(name: &Ident, pat: &mut Pat) {
    match pat {
        Pat::Ident(binding) if binding.ident == *name => binding.mutability = None,
        Pat::Ident(_) => *pat = syn::parse_quote!(_),
        Pat::Struct(pat) => {
            for field in &mut pat.fields {
                keep_only(name, &mut field.pat);
                // `S { a }` becomes `S { a: _ }`.
                if matches!(*field.pat, Pat::Wild(_)) && field.colon_token.is_none() {
                    field.colon_token = Some(Token![:](Span::mixed_site()));
                }
            }
        }
        _ => subpatterns(pat).for_each(|inner| keep_only(name, inner)),
    }
}

/// The patterns directly inside a pattern.
fn subpatterns(pat: &mut Pat) -> Box<dyn Iterator<Item = &mut Pat> + '_> {
    match pat {
        Pat::Ident(pat) => Box::new(pat.subpat.iter_mut().map(|(_, inner)| &mut **inner)),
        Pat::Reference(pat) => Box::new([&mut *pat.pat].into_iter()),
        Pat::Paren(pat) => Box::new([&mut *pat.pat].into_iter()),
        Pat::Type(pat) => Box::new([&mut *pat.pat].into_iter()),
        Pat::Tuple(pat) => Box::new(pat.elems.iter_mut()),
        Pat::TupleStruct(pat) => Box::new(pat.elems.iter_mut()),
        Pat::Slice(pat) => Box::new(pat.elems.iter_mut()),
        Pat::Struct(pat) => Box::new(pat.fields.iter_mut().map(|field| &mut *field.pat)),
        Pat::Or(pat) => Box::new(pat.cases.iter_mut()),
        _ => Box::new([].into_iter()),
    }
}
