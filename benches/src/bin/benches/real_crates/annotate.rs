//! Puts an attribute on every function of a source file.

use std::collections::BTreeSet;

use proc_macro2::Span;
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};
use syn::{Attribute, Block, ImplItemFn, ItemFn, Signature, TraitItemFn, Visibility};

/// The file, relative to the crate, and the line on which a function starts.
pub(super) type Position = (String, usize);

/// A function with a body.
pub(super) struct Function {
    /// The byte before which the attribute goes.
    start: usize,
    /// The first and the last line.
    pub(super) lines: [usize; 2],
}

/// Returns the functions of `source` that an attribute can wrap: all with a body, except
/// `const fn`s. Functions inside macro invocations are not items, and are not found.
pub(super) fn functions(source: &str) -> syn::Result<Vec<Function>> {
    let mut found = Found(Vec::new());
    found.visit_file(&syn::parse_file(source)?);
    Ok(found.0)
}

/// Returns `source` with `attribute` on all functions except those that start on one of the lines
/// `left_out`, and the number of annotated functions. All lines keep their numbers.
pub(super) fn annotated(
    source: &str,
    attribute: &str,
    left_out: &BTreeSet<usize>,
) -> syn::Result<(String, usize)> {
    let mut functions = functions(source)?;
    functions.retain(|function| !left_out.contains(&function.lines[0]));
    functions.sort_by_key(|function| function.start);
    let mut text = source.to_owned();
    for function in functions.iter().rev() {
        text.insert_str(function.start, &format!("{attribute} "));
    }
    Ok((text, functions.len()))
}

struct Found(Vec<Function>);

impl Found {
    /// Adds a function whose item begins at `first`, after its attributes.
    fn add(&mut self, attributes: &[Attribute], first: Span, signature: &Signature, body: &Block) {
        let is_test = |attribute: &Attribute| attribute.path().is_ident("test");
        if signature.constness.is_some() || attributes.iter().any(is_test) {
            return;
        }
        self.0.push(Function {
            start: first.byte_range().start,
            lines: [first.start().line, body.span().end().line],
        });
    }
}

/// Returns the place where an item begins, after its attributes.
fn first(visibility: &Visibility, signature: &Signature) -> Span {
    match visibility {
        Visibility::Inherited => signature.span(),
        visibility => visibility.span(),
    }
}

impl<'a> Visit<'a> for Found {
    fn visit_item_fn(&mut self, item: &'a ItemFn) {
        let first = first(&item.vis, &item.sig);
        self.add(&item.attrs, first, &item.sig, &item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'a ImplItemFn) {
        let first = first(&item.vis, &item.sig);
        self.add(&item.attrs, first, &item.sig, &item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'a TraitItemFn) {
        if let Some(body) = &item.default {
            self.add(&item.attrs, item.sig.span(), &item.sig, body);
        }
        visit::visit_trait_item_fn(self, item);
    }
}
