//! The parameters of the function: how they are captured, and how they are passed to the body.
//!
//! Each argument becomes a local of the body, in order and with its `mut`. The order of drops, the
//! borrows that are allowed, and the lints that fire are then the same as without the attribute.

use std::collections::HashSet;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::{Attribute, FnArg, Pat, PatType, Receiver, ReceiverKind, Signature};

use super::check::Checked;
use crate::syntax::pattern::{
    PLACEHOLDER_PREFIX, collect_bindings, has_macro, has_ref, keep_only, leaves_parts, named,
    take_mut,
};
use crate::syntax::words::collect_words;

/// The most arguments that the runtime's functions pass to a body one by one.
const MAX_PASSED: usize = 8;

/// The parameters of a function whose signature is already adapted.
#[derive(Default)]
pub(crate) struct Params {
    /// A statement that makes the body's closure capture a `self` that is not a reference.
    receiver: TokenStream,
    /// The parameters in the adapted signature, without `self`.
    list: Vec<Param>,
    /// The names that the user's patterns bind.
    bindings: Vec<Binding>,
    /// Every word in `data(…)` of any attribute.
    words_in_data: HashSet<String>,
    /// Whether a parameter has a `#[cfg]`, so that it may not exist.
    any_cfg: bool,
    /// Whether a pattern has a macro call, so that its bindings are unknown.
    any_macro: bool,
    /// Whether a pattern binds a name by `ref`.
    any_ref: bool,
}

/// A parameter in the adapted signature, and how the body gets it.
struct Param {
    name: Ident,
    /// The `#[cfg]`s of its argument.
    cfg: Vec<Attribute>,
    /// Its pattern in the closure of the body.
    pattern: TokenStream,
    /// The `let` that makes it a local of the body.
    rebind: TokenStream,
}

/// A name that the user's pattern binds.
pub(crate) struct Binding {
    pub(crate) name: Ident,
    /// The `#[cfg]`s of its argument.
    pub(crate) cfg: Vec<Attribute>,
    /// The `let` that binds it as a reference into an argument with a placeholder.
    pub(crate) unpack: Option<TokenStream>,
}

impl Params {
    /// Adapts `sig`, and stores the original patterns for the body and the capture.
    ///
    /// A pattern that leaves parts of its argument unbound is replaced by a placeholder, unless
    /// `data(…)` of an attribute uses a name in it.
    pub(crate) fn new(sig: &mut Signature, attributes: &[Checked]) -> Self {
        let mut params = Self {
            words_in_data: words_in_data(attributes),
            ..Self::default()
        };
        for (index, input) in sig.inputs.iter_mut().enumerate() {
            match input {
                FnArg::Receiver(receiver) => params.add_receiver(receiver),
                FnArg::Typed(argument) if params.needs_placeholder(&argument.pat) => {
                    params.add_with_placeholder(argument, index);
                }
                FnArg::Typed(argument) => params.add_bindings(argument),
            }
        }
        params
    }

    fn add_receiver(&mut self, receiver: &Receiver) {
        if !matches!(receiver.kind, ReceiverKind::Reference(..)) {
            let self_token = &receiver.self_token;
            self.receiver = quote!(let _ = &#self_token;);
        }
    }

    fn needs_placeholder(&self, pat: &Pat) -> bool {
        let mut names = Vec::new();
        collect_bindings(pat, &mut names);
        leaves_parts(pat) && !names.into_iter().any(|name| self.is_in_data(name))
    }

    /// Adds an argument whose pattern stays, except for its `mut`s.
    fn add_bindings(&mut self, argument: &mut PatType) {
        let cfg = cfg(&argument.attrs);
        let lints = take_lints(&mut argument.attrs);
        self.any_cfg |= !cfg.is_empty();
        self.any_macro |= has_macro(&mut argument.pat);
        self.any_ref |= has_ref(&mut argument.pat);
        let mut mutable = Vec::new();
        take_mut(&mut argument.pat, &mut mutable);
        let mut names = Vec::new();
        collect_bindings(&argument.pat, &mut names);
        for name in names {
            let mutability = mutable
                .iter()
                .find_map(|(mutable, mutability)| (mutable == name).then_some(mutability));
            self.list.push(Param {
                name: name.clone(),
                cfg: cfg.clone(),
                pattern: quote!(#(#lints)* #mutability #name),
                rebind: quote!(#(#cfg)* #(#lints)* let #mutability #name = #name;),
            });
            self.bindings.push(Binding {
                name: name.clone(),
                cfg: cfg.clone(),
                unpack: None,
            });
        }
    }

    /// Adds an argument whose pattern is replaced by a placeholder.
    fn add_with_placeholder(&mut self, argument: &mut PatType, index: usize) {
        let cfg = cfg(&argument.attrs);
        let lints = take_lints(&mut argument.attrs);
        self.any_cfg |= !cfg.is_empty();
        let placeholder = format_ident!("{PLACEHOLDER_PREFIX}{index}", span = Span::mixed_site());
        let pat = std::mem::replace(&mut *argument.pat, named(placeholder.clone()));
        let mut names = Vec::new();
        collect_bindings(&pat, &mut names);
        for name in names {
            let mut only = pat.clone();
            keep_only(name, &mut only);
            self.bindings.push(Binding {
                name: name.clone(),
                cfg: cfg.clone(),
                unpack: Some(quote!(let #only = &#placeholder;)),
            });
        }
        let rebind = if matches!(pat, Pat::Wild(_)) {
            let unused = format_ident!("_unused{index}", span = Span::mixed_site());
            quote!(#(#cfg)* #(#lints)* let #unused = #placeholder;)
        } else {
            // The placeholder becomes a local, too, so that unbound parts are dropped in order.
            quote! {
                #(#cfg)* let #placeholder = #placeholder;
                #(#cfg)* #(#lints)* let #pat = #placeholder;
            }
        };
        self.list.push(Param {
            name: placeholder,
            cfg,
            pattern: quote!(#(#lints)* #pat),
            rebind,
        });
    }

    /// Whether the arguments must be available by their names, and cannot be passed one by one.
    pub(crate) fn need_names(&self) -> bool {
        self.any_macro || !self.fit(self.list.len()) || !self.words_in_data.is_empty()
    }

    /// Whether the runtime has a function for this number of arguments.
    pub(crate) fn fit(&self, count: usize) -> bool {
        !self.any_cfg && count <= MAX_PASSED
    }

    /// The number of parameters, without `self`.
    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    /// The names in the adapted signature.
    pub(crate) fn names(&self) -> impl Iterator<Item = &Ident> {
        self.list.iter().map(|param| &param.name)
    }

    /// The patterns of the parameters, for the closure of the body.
    pub(crate) fn closure_patterns(&self) -> impl Iterator<Item = &TokenStream> {
        self.list.iter().map(|param| &param.pattern)
    }

    /// Statements that make an async block capture all arguments, in the order of the signature.
    ///
    /// A future that is dropped before its first poll drops its arguments in this order.
    pub(crate) fn capture_in_order(&self) -> TokenStream {
        let receiver = &self.receiver;
        let capture = self
            .list
            .iter()
            .map(|Param { name, cfg, .. }| quote!(#(#cfg)* let _ = &#name;));
        quote!(#receiver #(#capture)*)
    }

    /// Whether all arguments can be moved into a future at the call.
    ///
    /// A `ref` binds a reference to an argument, which must stay in the future of an `async fn`.
    pub(crate) fn can_be_moved(&self) -> bool {
        !self.any_macro && !self.any_ref
    }

    /// Whether a parameter is `mut`.
    pub(crate) fn any_mut(&self) -> bool {
        let mut words = HashSet::new();
        for param in self.closure_patterns() {
            collect_words(param.clone(), &mut words);
        }
        words.contains("mut")
    }

    /// Returns the parameter called `name`, if the adapted signature has it.
    pub(crate) fn find(&self, name: &Ident) -> Option<&Ident> {
        self.names().find(|param| *param == name)
    }

    /// Returns the binding called `name`.
    pub(crate) fn binding(&self, name: &Ident) -> Option<&Binding> {
        self.bindings.iter().find(|binding| binding.name == *name)
    }

    /// The `let`s at the head of a body to which the first `passed` parameters are passed.
    ///
    /// Arguments that `data(…)` names count as used, so that no lint reports them.
    pub(crate) fn rebind(&self, passed: usize) -> TokenStream {
        let used = self
            .bindings
            .iter()
            .filter(|binding| self.is_in_data(&binding.name))
            .map(|Binding { name, cfg, .. }| quote!(#(#cfg)* let _ = &#name;));
        let receiver = &self.receiver;
        let rebind = self.list[passed..].iter().map(|param| &param.rebind);
        quote!(#receiver #(#rebind)* #(#used)*)
    }

    fn is_in_data(&self, name: &Ident) -> bool {
        self.words_in_data.contains(&name.to_string())
    }
}

/// Every identifier in `data(…)` of any attribute.
fn words_in_data(attributes: &[Checked]) -> HashSet<String> {
    let mut words = HashSet::new();
    for field in attributes.iter().flat_map(|checked| &checked.fields) {
        collect_words(field.source.to_token_stream(), &mut words);
    }
    words
}

fn cfg(attrs: &[Attribute]) -> Vec<Attribute> {
    attrs
        .iter()
        .filter(|attr| attr.path().is_ident("cfg"))
        .cloned()
        .collect()
}

/// Removes the lint attributes of an argument, which belong on the local of the body.
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
