//! The arguments of `#[data(…)]`, exactly as written.
//!
//! This is grammar only. The `check` module decides whether the arguments are valid.

use proc_macro2::Group;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Expr, Ident, Token, token};

/// The valid keys on a field, in the order in which errors list them.
pub(crate) const FIELD_KEYS: [&str; 5] = ["skip", "redact", "rename", "debug", "display"];

/// `key, key = value, …` in one `#[data(…)]`.
pub(crate) struct DataArgs {
    pub(crate) settings: Vec<Setting>,
}

/// `key`, `key = …` or `key(…)`.
pub(crate) struct Setting {
    pub(crate) key: Ident,
    pub(crate) value: SettingValue,
}

pub(crate) enum SettingValue {
    None,
    Expr(Expr),
    /// The parentheses of `key(…)`, which no key accepts.
    Parentheses(Group),
}

impl Parse for DataArgs {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let settings = Punctuated::<Setting, Token![,]>::parse_terminated(input)?;
        Ok(Self {
            settings: settings.into_iter().collect(),
        })
    }
}

impl Parse for Setting {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(Token![,]) {
            return Err(input.error("unexpected `,`; remove it"));
        }
        if !input.peek(Ident::peek_any) {
            return Err(input.error("expected an argument, such as `rename = \"key\"`"));
        }
        let key = input.call(Ident::parse_any)?; // `crate` is a keyword
        let value = if input.peek(token::Paren) {
            SettingValue::Parentheses(input.parse()?)
        } else if input.parse::<Option<Token![=]>>()?.is_some() {
            SettingValue::Expr(input.parse()?)
        } else {
            SettingValue::None
        };
        Ok(Self { key, value })
    }
}
