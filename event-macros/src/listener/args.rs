//! The arguments of `#[listen(…)]`, exactly as written.
//!
//! This is grammar only. The `check` module decides whether the arguments are valid.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Error, Expr, ExprPath, Ident, LitBool, LitStr, Path, Token};

use crate::suggest::one_of;
use crate::syntax::argument::at_end_of_argument;

/// The valid keys, in the order in which errors list them.
pub(crate) const KEYS: [&str; 6] = [
    "on_start",
    "on_end",
    "wants_data",
    "wants_end_data",
    "wants_duration",
    "crate",
];

/// `KIND, key = value, …` in one `#[listen(…)]`.
pub(crate) struct ListenArgs {
    pub(crate) filter: Option<Filter>,
    pub(crate) settings: Vec<(Ident, SettingValue)>,
}

/// The kind or the pattern of one `#[listen(…)]`.
pub(crate) enum Filter {
    Literal(LitStr),
    /// The path of a constant or static of type `Kind`.
    Path(Path),
}

pub(crate) enum SettingValue {
    None,
    Path(ExprPath),
    Bool(LitBool),
    /// Any other expression, which no key accepts.
    Other(TokenStream),
}

impl Parse for ListenArgs {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let filter = if input.peek(LitStr) {
            Some(Filter::Literal(input.parse()?))
        } else if starts_with_path(input) {
            Some(Filter::Path(input.call(Path::parse_mod_style)?))
        } else {
            None
        };
        if filter.is_some() && !input.is_empty() {
            input.parse::<Token![,]>()?;
            if input.peek(LitStr) {
                return Err(input.error(
                    "`#[listen(…)]` accepts only one kind; write another `#[listen(…)]` for this one",
                ));
            }
        }
        let settings = Punctuated::<_, Token![,]>::parse_terminated_with(input, parse_setting)?;
        Ok(Self {
            filter,
            settings: settings.into_iter().collect(),
        })
    }
}

/// Whether the first argument is the path of a kind.
fn starts_with_path(input: ParseStream<'_>) -> bool {
    let fork = input.fork();
    let path = fork.call(Path::parse_mod_style);
    path.is_ok_and(|path| !is_key(&path)) && at_end_of_argument(&fork)
}

/// Whether a path is the key of an argument instead of a kind.
fn is_key(path: &Path) -> bool {
    is_forward(path) || KEYS.iter().any(|key| path.is_ident(key))
}

/// Whether a path is the `forward` of `#[listen(forward)]`.
pub(crate) fn is_forward(path: &Path) -> bool {
    path.is_ident("forward")
}

fn parse_setting(input: ParseStream<'_>) -> syn::Result<(Ident, SettingValue)> {
    if !input.peek(Ident::peek_any) {
        return Err(not_a_setting(input));
    }
    let key = input.call(Ident::parse_any)?;
    if !input.peek(Token![=]) {
        return Ok((key, SettingValue::None));
    }
    input.parse::<Token![=]>()?;
    let fork = input.fork();
    let value = if input.peek(LitBool) {
        SettingValue::Bool(input.parse()?)
    } else if fork.parse::<ExprPath>().is_ok() && at_end_of_argument(&fork) {
        SettingValue::Path(input.parse()?)
    } else {
        SettingValue::Other(input.parse::<Expr>()?.into_token_stream())
    };
    Ok((key, value))
}

/// The error at a token that begins no argument.
fn not_a_setting(input: ParseStream<'_>) -> Error {
    if input.peek(Token![,]) {
        return input.error("unexpected `,`; remove it");
    }
    let expected = one_of(&KEYS);
    input.error(format_args!(
        "expected {expected}; a kind comes first, as in `#[listen(\"app:parse\", on_end = …)]`"
    ))
}
