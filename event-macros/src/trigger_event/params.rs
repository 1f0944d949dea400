//! Params of the function: how they are read before the body, and how the body gets them.
//!
//! Every argument becomes a local of the body as well, in order and with its `mut`: what is
//! dropped when, what may borrow from what, and which lints speak up is then as it was.

use std::collections::HashSet;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::{Attribute, FnArg, Pat, PatType, ReceiverKind, Signature};

use super::check::Checked;
use crate::syntax::pattern::{
    PLACEHOLDER_PREFIX, collect_bindings, drops_a_part, has_macro, is_unused, leave_only, named,
    take_mut,
};

/// How many arguments are passed to the body one by one; the runtime has methods for so many.
const MOST_PASSED: usize = 8;

/// The arguments of a function whose signature has been changed to fit.
#[derive(Default)]
pub(crate) struct Params {
    /// What captures a `self` that is no reference.
    receiver: TokenStream,
    /// The names in the signature.
    list: Vec<Param>,
    bindings: Vec<Binding>,
    /// Every word in the attributes' `data(…)`.
    in_data: HashSet<String>,
    /// Whether a `#[cfg]` may take one of them away.
    any_cfg: bool,
    /// Whether a macro makes the pattern of one, and so binds what is not seen here.
    any_macro: bool,
}

/// A name in the signature, and how the body gets what it stands for.
struct Param {
    name: Ident,
    /// As a parameter of the body's closure.
    parameter: TokenStream,
    /// As a local of the body.
    rebind: TokenStream,
}

/// A name that an argument binds.
pub(crate) struct Binding {
    pub(crate) name: Ident,
    /// The `#[cfg]`s of its argument.
    pub(crate) cfg: Vec<Attribute>,
    /// What brings the name, as a reference, out of an argument that is kept whole.
    pub(crate) unpack: Option<TokenStream>,
}

impl Params {
    /// Takes the arguments of `sig`; patterns that drop a part of their argument give way to a
    /// name for the whole, unless `data(…)` of one of the attributes needs a name in them.
    pub(crate) fn new(sig: &mut Signature, attributes: &[Checked]) -> Self {
        let mut params = Self {
            in_data: words(attributes),
            ..Self::default()
        };
        for (place, input) in sig.inputs.iter_mut().enumerate() {
            match input {
                FnArg::Receiver(receiver) => {
                    if !matches!(receiver.kind, ReceiverKind::Reference(..)) {
                        let this = &receiver.self_token;
                        params.receiver = quote!(let _ = &#this;);
                    }
                }
                FnArg::Typed(argument) if params.replaces(&argument.pat) => {
                    params.take_whole(argument, place);
                }
                FnArg::Typed(argument) => params.take_bindings(argument),
            }
        }
        params
    }

    /// Whether `data(…)` looks at something, which must be at hand by its name then.
    pub(crate) fn need_names(&self) -> bool {
        self.any_macro || !self.fit(self.list.len()) || !self.in_data.is_empty()
    }

    /// Whether so many of them, each as it is, can be given to one function of the runtime.
    pub(crate) fn fit(&self, many: usize) -> bool {
        !self.any_cfg && many <= MOST_PASSED
    }

    /// How many names the signature has.
    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    /// The names in the signature.
    pub(crate) fn names(&self) -> impl Iterator<Item = &Ident> {
        self.list.iter().map(|param| &param.name)
    }

    /// The same as parameters of the body, with the user's patterns.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = &TokenStream> {
        self.list.iter().map(|param| &param.parameter)
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
    pub(crate) fn find(&self, name: &Ident) -> Option<&Ident> {
        self.names().find(|param| *param == name)
    }

    /// The `let`s at the head of a body that the first `passed` names are passed to. What `data(…)` names is
    /// used.
    pub(crate) fn rebind(&self, passed: usize) -> TokenStream {
        let used = self
            .bindings
            .iter()
            .filter(|binding| self.is_in_data(&binding.name));
        let used = used.map(|Binding { name, cfg, .. }| quote!(#(#cfg)* let _ = &#name;));
        let receiver = &self.receiver;
        let rebind = self.list[passed..].iter().map(|param| &param.rebind);
        quote!(#receiver #(#rebind)* #(#used)*)
    }

    fn is_in_data(&self, name: &Ident) -> bool {
        self.in_data.contains(&name.to_string())
    }

    /// Whether a name for the whole argument is to stand in place of its pattern.
    fn replaces(&self, pat: &Pat) -> bool {
        let mut names = Vec::new();
        collect_bindings(pat, &mut names);
        drops_a_part(pat) && !names.into_iter().any(|name| self.is_in_data(name))
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
        let (mut names, lint_allows) = (Vec::new(), lint_allows());
        collect_bindings(&argument.pat, &mut names);
        for name in names {
            let mutability = mutable.iter().find(|(mutable, _)| mutable == name);
            let mutability = mutability.map(|(_, mutability)| mutability);
            self.list.push(Param {
                name: name.clone(),
                parameter: quote!(#(#lints)* #mutability #name),
                rebind: quote!(#(#cfg)* #(#lints)* #lint_allows let #mutability #name = #name;),
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
        let whole = format_ident!("{PLACEHOLDER_PREFIX}{place}", span = Span::mixed_site());
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
        let rebind = if matches!(pat, Pat::Wild(_)) {
            let unused = format_ident!("_unused{place}", span = Span::mixed_site());
            quote!(#(#cfg)* #(#lints)* let #unused = #whole;)
        } else {
            // The whole becomes a local first, so that what the pattern leaves is dropped in turn.
            quote!(#(#cfg)* let #whole = #whole; #(#cfg)* #(#lints)* let #pat = #whole;)
        };
        self.list.push(Param {
            name: whole,
            parameter: quote!(#(#lints)* #pat),
            rebind,
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

/// What a `let` of an argument to its own name would raise, and the argument alone does not.
pub(crate) fn lint_allows() -> TokenStream {
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
