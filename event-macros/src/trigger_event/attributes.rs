//! The `#[trigger_event]` attributes among the attributes of an item.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Attribute, Meta, MetaList, Path, Token, parse2};

use super::args::{OUTER, TriggerArgs};

/// Takes the `#[trigger_event(…)]` attributes out of `attrs`.
pub(crate) fn take_attributes(attrs: &mut Vec<Attribute>) -> Vec<Attribute> {
    let (taken, others) = std::mem::take(attrs)
        .into_iter()
        .partition(is_trigger_event);
    *attrs = others;
    taken
}

/// Whether `attr` is `#[trigger_event]`, by any path, with or without arguments.
fn is_trigger_event(attr: &Attribute) -> bool {
    let name = attr.path().segments.last();
    name.is_some_and(|name| name.ident == "trigger_event")
        && !matches!(attr.meta, Meta::NameValue(_))
}

/// Whether `attr` is `#[trigger_event(…)]` and the user wrote it on the function itself.
pub(crate) fn is_explicit(attr: &Attribute) -> bool {
    is_trigger_event(attr) && !TriggerArgs::of(attr).is_ok_and(|args| args.is_overridable())
}

/// Whether `attr` is one that a block added, which an attribute on the item itself replaces.
pub(crate) fn is_overridable(attr: &Attribute) -> bool {
    is_trigger_event(attr) && !is_explicit(attr)
}

/// Whether `attr` is one that a block added to a function in an inner block, whose attributes may
/// replace it.
pub(crate) fn is_of_outer_block(attr: &Attribute) -> bool {
    let has_flag = |args: TriggerArgs| args.options.iter().any(|option| option.key == OUTER);
    is_trigger_event(attr) && TriggerArgs::of(attr).is_ok_and(has_flag)
}

/// Whether the arguments are those of `#[trigger_event(skip)]`, which excludes a function from its
/// annotated block.
pub(crate) fn is_skip_alone(args: &TokenStream) -> bool {
    matches!(args.to_string().as_str(), "skip" | "skip,")
}

/// The attributes of the language that accept arguments, and are thus no other name of this one.
const BUILTIN: [&str; 21] = [
    "allow",
    "cfg",
    "cfg_attr",
    "cold",
    "coverage",
    "deny",
    "deprecated",
    "derive",
    "doc",
    "expect",
    "forbid",
    "ignore",
    "inline",
    "must_use",
    "no_mangle",
    "optimize",
    "repr",
    "should_panic",
    "target_feature",
    "unsafe",
    "warn",
];

/// Words that are attributes of the language, or well-known macros, and thus no other name of this
/// one.
const KNOWN_WORDS: [&str; 15] = [
    "async_recursion",
    "automatically_derived",
    "bench",
    "cold",
    "deprecated",
    "ignore",
    "inline",
    "main",
    "must_use",
    "naked",
    "no_mangle",
    "should_panic",
    "skip",
    "test",
    "track_caller",
];

/// Whether `meta` is no attribute of the language.
fn may_be_macro(meta: &Meta) -> bool {
    let mut builtin = BUILTIN.iter().chain(&["automatically_derived", "path"]);
    !builtin.any(|name| meta.path().is_ident(name))
}

/// Whether `meta` is an attribute without arguments that may be this one under another name.
fn may_be_renamed_word(meta: &Meta) -> bool {
    let name = meta.path().segments.last();
    matches!(meta, Meta::Path(_))
        && name.is_some_and(|name| !KNOWN_WORDS.iter().any(|word| name.ident == word))
}

/// Whether `meta` may be this attribute under another name, judged by its arguments.
///
/// A macro cannot resolve names. `use event_core::trigger_event as traced;` makes
/// `#[traced(skip)]` this attribute.
fn may_be_renamed(meta: &Meta) -> bool {
    let Meta::List(list) = meta else {
        return false;
    };
    if BUILTIN.iter().any(|name| list.path.is_ident(name)) {
        return false;
    }
    let args = parse2::<TriggerArgs>(list.tokens.clone());
    is_skip_alone(&list.tokens) || args.is_ok_and(|args| args.are_plausible())
}

/// Whether `meta`, the content of a `cfg_attr`, may contain this attribute.
fn contains_trigger_event(meta: &Meta) -> bool {
    let Meta::List(list) = meta else {
        return false;
    };
    let parsed = Punctuated::<Meta, Token![,]>::parse_terminated.parse2(list.tokens.clone());
    parsed.map_or(true, |metas| {
        metas.iter().skip(1).any(|meta| {
            may_be_renamed(meta)
                || may_be_renamed_word(meta)
                || (meta.path().is_ident("cfg_attr") && contains_trigger_event(meta))
        })
    })
}

/// Whether the only argument of `meta` is the name of a type, as in `#[ext(NameExt)]`.
///
/// The constants that are kinds have names in capitals. Options, such as `skip_all`, begin with a
/// small letter.
fn is_lone_type(meta: &Meta) -> bool {
    let path = meta.require_list().and_then(MetaList::parse_args::<Path>);
    path.is_ok_and(|path| {
        let name = path.segments.last().map(|last| last.ident.to_string());
        name.is_some_and(|name| {
            name.starts_with(char::is_uppercase) && name.contains(char::is_lowercase)
        })
    })
}

/// Whether the attributes in `cfg_attr` do not change how the item is expanded.
fn is_harmless(cfg_attr: &Meta) -> bool {
    let list = cfg_attr.require_list();
    let parse = Punctuated::<Meta, Token![,]>::parse_terminated;
    let metas = list.and_then(|list| parse.parse2(list.tokens.clone()));
    metas.is_ok_and(|metas| {
        metas.iter().skip(1).all(|meta| {
            let mut harmless =
                ["allow", "cold", "deny", "doc", "expect", "must_use", "warn"].iter();
            harmless.any(|name| meta.path().is_ident(name))
        })
    })
}

/// Attributes of the language that mean the same for an `async fn` and for a function that returns
/// a future.
const FOR_ANY_FUNCTION: [&str; 10] = [
    "allow",
    "cfg",
    "cold",
    "deny",
    "deprecated",
    "doc",
    "expect",
    "forbid",
    "inline",
    "warn",
];

/// Tools whose attributes are no macros.
const TOOLS: [&str; 4] = ["clippy", "diagnostic", "rust_analyzer", "rustfmt"];

/// Whether `attr` is certainly no macro, and means the same for an `async fn` and for a function
/// that returns a future.
pub(crate) fn is_for_any_function(attr: &Attribute) -> bool {
    let path = attr.path();
    let is_tool =
        path.segments.len() > 1 && TOOLS.iter().any(|tool| path.segments[0].ident == tool);
    let is_listed = FOR_ANY_FUNCTION.iter().any(|name| path.is_ident(name));
    let text = attr.to_token_stream().to_string();
    is_tool || (is_listed && !text.contains("async_fn_in_trait"))
}

/// The outer attributes of an item, sorted.
#[allow(
    clippy::struct_excessive_bools,
    reason = "each answers a question of its own"
)]
pub(crate) struct Attributes {
    /// All attributes except `#[trigger_event(…)]`.
    pub(crate) others: TokenStream,
    /// Each `#[trigger_event(…)]`, in order.
    pub(crate) triggers: Vec<Attribute>,
    /// Whether another attribute may be this one, under another name or in a `cfg_attr`.
    pub(crate) any_renamed: bool,
    /// Whether another attribute has no arguments and may be this one.
    pub(crate) any_renamed_word: bool,
    /// Whether another attribute may be this one, and its arguments fit a block.
    pub(crate) any_renamed_block: bool,
    /// Whether a `cfg_attr` may contain an attribute that changes the expansion.
    pub(crate) any_cfg_attr: bool,
    /// Whether `#[async_trait]` is among them.
    pub(crate) any_async_trait: bool,
    /// Whether another attribute may be a macro.
    pub(crate) any_macro: bool,
}

impl Attributes {
    /// Sorts outer attributes. Each of them is two tokens: `#` and a group.
    pub(crate) fn new(tokens: &[TokenTree]) -> Self {
        let mut sorted = Self {
            others: TokenStream::new(),
            triggers: Vec::new(),
            any_renamed: false,
            any_renamed_word: false,
            any_renamed_block: false,
            any_cfg_attr: false,
            any_async_trait: false,
            any_macro: false,
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
            Some(attribute) => {
                self.note(&attribute);
                self.others.extend(tokens);
            }
            None => {
                // It may be in the invisible group of a macro's `$attribute:meta`.
                self.any_renamed = true;
                self.any_renamed_block = true;
                self.any_macro = true;
                self.others.extend(tokens);
            }
        }
    }

    fn note(&mut self, attribute: &Attribute) {
        let meta = &attribute.meta;
        if attribute.path().is_ident("cfg_attr") {
            self.any_cfg_attr |= !is_harmless(meta);
            self.any_macro |= !is_harmless(meta);
            let may_be = contains_trigger_event(meta);
            self.any_renamed |= may_be;
            self.any_renamed_block |= may_be;
        } else {
            self.any_renamed |= may_be_renamed(meta);
            self.any_renamed_word |= may_be_renamed_word(meta);
            self.any_renamed_block |= may_be_renamed(meta) && !is_lone_type(meta);
            let name = attribute.path().segments.last();
            self.any_macro |= may_be_macro(meta);
            self.any_async_trait |= name.is_some_and(|name| name.ident == "async_trait");
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

    /// Whether the user wrote a `#[trigger_event(…)]` on the item itself.
    pub(crate) fn has_explicit(&self) -> bool {
        self.triggers.iter().any(is_explicit)
    }
}
