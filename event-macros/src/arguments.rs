//! Arguments of the function: how they are read before the body, and how the body gets them.
//!
//! Every argument becomes a local of the body as well, in order and with its `mut`: what is
//! dropped when, what may borrow from what, and which lints speak up is then as it was.

use std::collections::HashSet;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::{Attribute, FnArg, Pat, PatIdent, PatType, ReceiverKind, Signature, Token};

use crate::check::Checked;
use crate::target::collect_bindings;

/// How the names begin that stand for a whole argument.
pub(crate) const WHOLE: &str = "__event_core_argument";

/// How many arguments are passed to the body one by one; the runtime has methods for so many.
const MOST_PASSED: usize = 8;

/// The arguments of a function whose signature has been changed to fit.
#[derive(Default)]
pub(crate) struct Arguments {
    /// What captures a `self` that is no reference.
    receiver: TokenStream,
    /// The names in the signature.
    held: Vec<Held>,
    bindings: Vec<Binding>,
    /// Every word in the attributes' `data(…)`.
    asked_for: HashSet<String>,
    /// Whether a `#[cfg]` may take one of them away.
    any_cfg: bool,
    /// Whether a macro makes the pattern of one, and so binds what is not seen here.
    any_macro: bool,
}

/// A name in the signature, and how the body gets what it stands for.
struct Held {
    name: Ident,
    /// As a parameter of the body's closure.
    parameter: TokenStream,
    /// As a local of the body.
    rebound: TokenStream,
}

/// A name that an argument binds.
pub(crate) struct Binding {
    pub(crate) name: Ident,
    /// The `#[cfg]`s of its argument.
    pub(crate) cfg: Vec<Attribute>,
    /// What brings the name, as a reference, out of an argument that is kept whole.
    pub(crate) unpack: Option<TokenStream>,
}

impl Arguments {
    /// Takes the arguments of `sig`; patterns that drop a part of their argument give way to a
    /// name for the whole, unless `data(…)` of one of the attributes needs a name in them.
    pub(crate) fn new(sig: &mut Signature, attributes: &[Checked]) -> Self {
        let mut arguments = Self {
            asked_for: words(attributes),
            ..Self::default()
        };
        for (place, input) in sig.inputs.iter_mut().enumerate() {
            match input {
                FnArg::Receiver(receiver) => {
                    if !matches!(receiver.kind, ReceiverKind::Reference(..)) {
                        let this = &receiver.self_token;
                        arguments.receiver = quote!(let _ = &#this;);
                    }
                }
                FnArg::Typed(argument) if arguments.gives_way(&argument.pat) => {
                    arguments.take_whole(argument, place);
                }
                FnArg::Typed(argument) => arguments.take_bindings(argument),
            }
        }
        arguments
    }

    /// Whether `data(…)` looks at something, which must be at hand by its name then.
    pub(crate) fn asks(&self) -> bool {
        self.any_macro || !self.fit(self.held.len()) || !self.asked_for.is_empty()
    }

    /// Whether so many of them, each as it is, can be given to one function of the runtime.
    pub(crate) fn fit(&self, many: usize) -> bool {
        !self.any_cfg && many <= MOST_PASSED
    }

    /// How many names the signature has.
    pub(crate) fn len(&self) -> usize {
        self.held.len()
    }

    /// The names in the signature.
    pub(crate) fn names(&self) -> impl Iterator<Item = &Ident> {
        self.held.iter().map(|held| &held.name)
    }

    /// The same as parameters of the body, with the user's patterns.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = &TokenStream> {
        self.held.iter().map(|held| &held.parameter)
    }

    /// Whether one of them says that it is not used.
    pub(crate) fn any_unused(&self) -> bool {
        self.names().any(is_unused)
    }

    /// Whether one of them can be assigned to.
    pub(crate) fn any_mut(&self) -> bool {
        let mut words = HashSet::new();
        for parameter in self.parameters() {
            collect_words(parameter.clone(), &mut words);
        }
        words.contains("mut")
    }

    /// Returns the name, as the signature has it, if that is what an argument is called.
    pub(crate) fn whole(&self, name: &Ident) -> Option<&Ident> {
        self.names().find(|held| *held == name)
    }

    /// The `let`s at the head of a body that the first `passed` names are passed to. What `data(…)` names is
    /// used.
    pub(crate) fn rebound(&self, passed: usize) -> TokenStream {
        let used = self
            .bindings
            .iter()
            .filter(|binding| self.is_asked_for(&binding.name));
        let used = used.map(|Binding { name, cfg, .. }| quote!(#(#cfg)* let _ = &#name;));
        let receiver = &self.receiver;
        let rebound = self.held[passed..].iter().map(|held| &held.rebound);
        quote!(#receiver #(#rebound)* #(#used)*)
    }

    fn is_asked_for(&self, name: &Ident) -> bool {
        self.asked_for.contains(&name.to_string())
    }

    /// Whether a name for the whole argument is to stand in place of its pattern.
    fn gives_way(&self, pat: &Pat) -> bool {
        let mut names = Vec::new();
        collect_bindings(pat, &mut names);
        drops_a_part(pat) && !names.into_iter().any(|name| self.is_asked_for(name))
    }

    /// Returns the binding called `name`.
    pub(crate) fn binding(&self, name: &Ident) -> Option<&Binding> {
        self.bindings.iter().find(|binding| binding.name == *name)
    }

    fn take_bindings(&mut self, argument: &mut PatType) {
        let (cfg, lints) = (cfg(&argument.attrs), take_lints(&mut argument.attrs));
        self.any_macro |= has_macro(&mut argument.pat);
        let mut mutable = Vec::new();
        take_mut(&mut argument.pat, &mut mutable);
        self.any_cfg |= !cfg.is_empty();
        let (mut names, quiet) = (Vec::new(), quiet());
        collect_bindings(&argument.pat, &mut names);
        for name in names {
            let mutability = mutable.iter().find(|(mutable, _)| mutable == name);
            let mutability = mutability.map(|(_, mutability)| mutability);
            self.held.push(Held {
                name: name.clone(),
                parameter: quote!(#(#lints)* #mutability #name),
                rebound: quote!(#(#cfg)* #(#lints)* #quiet let #mutability #name = #name;),
            });
            self.bindings.push(Binding {
                name: name.clone(),
                cfg: cfg.clone(),
                unpack: None,
            });
        }
    }

    fn take_whole(&mut self, argument: &mut PatType, place: usize) {
        let (cfg, lints) = (cfg(&argument.attrs), take_lints(&mut argument.attrs));
        let whole = format_ident!("{WHOLE}{place}", span = Span::mixed_site());
        self.any_cfg |= !cfg.is_empty();
        let pat = std::mem::replace(&mut *argument.pat, named(whole.clone()));
        let mut names = Vec::new();
        collect_bindings(&pat, &mut names);
        for name in names {
            let mut only = pat.clone();
            leave_only(name, &mut only);
            let unpack = Some(quote!(let #only = &#whole;));
            self.bindings.push(Binding {
                name: name.clone(),
                cfg: cfg.clone(),
                unpack,
            });
        }
        let rebound = if matches!(pat, Pat::Wild(_)) {
            let unused = format_ident!("_unused{place}", span = Span::mixed_site());
            quote!(#(#cfg)* #(#lints)* let #unused = #whole;)
        } else {
            // The whole becomes a local first, so that what the pattern leaves is dropped in turn.
            quote!(#(#cfg)* let #whole = #whole; #(#cfg)* #(#lints)* let #pat = #whole;)
        };
        self.held.push(Held {
            name: whole,
            parameter: quote!(#(#lints)* #pat),
            rebound,
        });
    }
}

/// Every identifier in what `data(…)` says.
fn words<'a>(attributes: impl IntoIterator<Item = &'a Checked>) -> HashSet<String> {
    let mut words = HashSet::new();
    for field in attributes.into_iter().flat_map(|checked| &checked.fields) {
        collect_words(field.value.to_token_stream(), &mut words);
    }
    words
}

/// Adds every identifier in `tokens`.
fn collect_words(tokens: TokenStream, words: &mut HashSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Ident(word) => _ = words.insert(word.to_string()),
            TokenTree::Group(group) => collect_words(group.stream(), words),
            _ => {}
        }
    }
}

/// Whether an argument's name says that it is not used.
pub(crate) fn is_unused(name: &Ident) -> bool {
    let name = name.to_string();
    name.starts_with('_') && !name.starts_with(WHOLE)
}

/// What a `let` of an argument to its own name would raise, and the argument alone does not.
pub(crate) fn quiet() -> TokenStream {
    quote! {
        #[allow(
            clippy::shadow_same,
            clippy::used_underscore_binding,
            clippy::no_effect_underscore_binding
        )]
    }
}

fn cfg(attrs: &[Attribute]) -> Vec<Attribute> {
    attrs
        .iter()
        .filter(|attr| attr.path().is_ident("cfg"))
        .cloned()
        .collect()
}

/// Takes what an argument says of lints: that is about the local of the body.
fn take_lints(attrs: &mut Vec<Attribute>) -> Vec<Attribute> {
    let is_lint = |attr: &Attribute| {
        ["allow", "expect", "warn", "deny", "forbid"]
            .iter()
            .any(|level| attr.path().is_ident(level))
    };
    let (lints, others) = std::mem::take(attrs).into_iter().partition(is_lint);
    *attrs = others;
    lints
}

fn named(ident: Ident) -> Pat {
    Pat::Ident(PatIdent {
        attrs: Vec::new(),
        by_ref: None,
        mutability: None,
        ident,
        subpat: None,
    })
}

/// Whether a pattern that moves out of its argument leaves something there, `_` or `..`, and can
/// also be matched with a reference to it.
fn drops_a_part(pat: &Pat) -> bool {
    leaves_a_part(pat) && matches_references(pat)
}

fn leaves_a_part(pat: &Pat) -> bool {
    match pat {
        Pat::Wild(_) | Pat::Rest(_) => true,
        Pat::Paren(pat) => leaves_a_part(&pat.pat),
        Pat::Tuple(pat) => pat.elems.iter().any(leaves_a_part),
        Pat::TupleStruct(pat) => pat.elems.iter().any(leaves_a_part),
        Pat::Slice(pat) => pat.elems.iter().any(leaves_a_part),
        Pat::Struct(pat) => {
            pat.rest.is_some() || pat.fields.iter().any(|field| leaves_a_part(&field.pat))
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

/// Takes `mut` from the bindings of a pattern.
fn take_mut(pat: &mut Pat, taken: &mut Vec<(Ident, Token![mut])>) {
    match pat {
        Pat::Ident(binding) if binding.by_ref.is_none() => {
            let mutability = binding.mutability.take();
            taken.extend(mutability.map(|mutability| (binding.ident.clone(), mutability)));
        }
        _ => {}
    }
    for within in within(pat) {
        take_mut(within, taken);
    }
}

/// Whether a macro makes a part of a pattern.
fn has_macro(pat: &mut Pat) -> bool {
    matches!(pat, Pat::Macro(_)) || within(pat).any(has_macro)
}

/// Leaves only the binding `name` in a pattern, without its `mut`.
fn leave_only(name: &Ident, pat: &mut Pat) {
    match pat {
        Pat::Ident(binding) if binding.ident == *name => binding.mutability = None,
        Pat::Ident(_) => *pat = syn::parse_quote!(_),
        Pat::Struct(pat) => {
            for field in &mut pat.fields {
                leave_only(name, &mut field.pat);
                // `S { a }` becomes `S { a: _ }`.
                if matches!(*field.pat, Pat::Wild(_)) && field.colon_token.is_none() {
                    field.colon_token = Some(Token![:](Span::mixed_site()));
                }
            }
        }
        _ => within(pat).for_each(|within| leave_only(name, within)),
    }
}

/// The patterns right inside a pattern.
fn within(pat: &mut Pat) -> Box<dyn Iterator<Item = &mut Pat> + '_> {
    match pat {
        Pat::Ident(pat) => Box::new(pat.subpat.iter_mut().map(|(_, within)| &mut **within)),
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
