//! The arguments of `#[data(…)]`, exactly as written.
//!
//! This is grammar only. The `check` module decides whether the arguments are valid.

use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Expr, Ident, Token, token};

/// The keys on a field, as an error lists them.
pub(crate) const FIELD_KEYS: [&str; 4] = ["skip", "rename", "debug", "display"];

const EXPECTED: &str = "expected `skip`, `rename = \"key\"`, `debug` or `display`";

/// `key, key = value, …` in one `#[data(…)]`.
pub(crate) struct DataArgs {
    pub(crate) settings: Vec<Setting>,
}

/// `key` or `key = value`.
pub(crate) struct Setting {
    pub(crate) key: Ident,
    pub(crate) value: Option<Expr>,
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
        if !input.peek(Ident::peek_any) {
            return Err(input.error(EXPECTED));
        }
        let key = input.call(Ident::parse_any)?; // `crate` is a keyword
        if input.peek(token::Paren) {
            return Err(input.error(EXPECTED));
        }
        let value = match input.parse::<Option<Token![=]>>()? {
            Some(_) => Some(input.parse()?),
            None => None,
        };
        Ok(Self { key, value })
    }
}
