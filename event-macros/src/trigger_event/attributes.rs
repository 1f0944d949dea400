//! The `#[trigger_event]` attributes among the attributes of an item.

use proc_macro2::{TokenStream, TokenTree};
use syn::parse::Parser;
use syn::{Attribute, Meta};

use super::args::TriggerArgs;

/// Takes the `#[trigger_event(…)]` attributes out of `attrs`.
pub(crate) fn take_attributes(attrs: &mut Vec<Attribute>) -> Vec<Attribute> {
    let (taken, others) = std::mem::take(attrs)
        .into_iter()
        .partition(is_trigger_event);
    *attrs = others;
    taken
}

/// Whether `attr` is `#[trigger_event(…)]`, by any path.
fn is_trigger_event(attr: &Attribute) -> bool {
    let name = attr.path().segments.last();
    name.is_some_and(|name| name.ident == "trigger_event") && matches!(attr.meta, Meta::List(_))
}

/// Whether `attr` is `#[trigger_event(…)]` and the user wrote it on the function itself.
pub(crate) fn is_explicit(attr: &Attribute) -> bool {
    is_trigger_event(attr)
        && !attr
            .parse_args::<TriggerArgs>()
            .is_ok_and(|args| args.is_overridable())
}

/// Whether the arguments are those of `#[trigger_event(skip)]`, which excludes a function from its
/// annotated block.
pub(crate) fn is_skip_alone(args: &TokenStream) -> bool {
    args.to_string() == "skip"
}

/// The outer attributes of an item, sorted.
pub(crate) struct Attributes {
    /// All attributes except `#[trigger_event(…)]`.
    pub(crate) others: TokenStream,
    /// Each `#[trigger_event(…)]`, in order.
    pub(crate) triggers: Vec<Attribute>,
    /// Whether a `cfg_attr` contains a `trigger_event`.
    pub(crate) conditional: bool,
}

impl Attributes {
    /// Sorts outer attributes. Each of them is two tokens: `#` and a group.
    pub(crate) fn new(tokens: &[TokenTree]) -> Self {
        let mut sorted = Self {
            others: TokenStream::new(),
            triggers: Vec::new(),
            conditional: false,
        };
        for tokens in tokens.chunks(2) {
            sorted.add(tokens.iter().cloned().collect());
        }
        sorted
    }

    fn add(&mut self, tokens: TokenStream) {
        let parsed = Attribute::parse_outer.parse2(tokens.clone());
        match parsed.ok().and_then(|mut attrs| attrs.pop()) {
            Some(attribute) if is_trigger_event(&attribute) => self.triggers.push(attribute),
            attribute => {
                let is_cfg = attribute.is_some_and(|it| it.path().is_ident("cfg_attr"));
                self.conditional |= is_cfg && contains_trigger_event(tokens.clone());
                self.others.extend(tokens);
            }
        }
    }

    /// Whether `#[trigger_event(skip)]` is among them.
    pub(crate) fn has_skip(&self) -> bool {
        self.triggers.iter().any(|attribute| {
            attribute
                .parse_args::<TokenStream>()
                .is_ok_and(|args| is_skip_alone(&args))
        })
    }
}

fn contains_trigger_event(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(word) => word == "trigger_event",
        TokenTree::Group(group) => contains_trigger_event(group.stream()),
        _ => false,
    })
}
