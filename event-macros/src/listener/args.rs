//! The arguments of `#[listen(…)]`, exactly as written.
//!
//! This is grammar only. The `check` module decides whether the arguments are valid.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Expr, ExprPath, Ident, LitBool, LitStr, Path, Token};

/// The keys, as an error lists them.
pub(crate) const KEYS: [&str; 4] = ["on_start", "on_end", "wants_data", "crate"];

/// `KIND, key = value, …` in one `#[listen(…)]`.
pub(crate) struct ListenArgs {
    pub(crate) filter: Option<Filter>,
    pub(crate) settings: Vec<(Ident, SettingValue)>,
}

pub(crate) enum Filter {
    Literal(LitStr),
    Path(Path),
}

pub(crate) enum SettingValue {
    None,
    Path(ExprPath),
    Bool(LitBool),
    Other(TokenStream),
}

impl Parse for ListenArgs {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let filter = if input.peek(LitStr) {
            Some(Filter::Literal(input.parse()?))
        } else {
            let fork = input.fork();
            let is_path = fork
                .call(Path::parse_mod_style)
                .is_ok_and(|path| !is_key(&path))
                && (fork.is_empty() || fork.peek(Token![,]));
            if is_path {
                Some(Filter::Path(input.call(Path::parse_mod_style)?))
            } else {
                None
            }
        };
        if filter.is_some() && !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
        let settings = Punctuated::<_, Token![,]>::parse_terminated_with(input, parse_setting)?;
        Ok(Self {
            filter,
            settings: settings.into_iter().collect(),
        })
    }
}

/// Whether a path is the name of an argument, and not of a kind.
fn is_key(path: &Path) -> bool {
    is_forward(path) || KEYS.iter().any(|key| path.is_ident(key))
}

pub(crate) fn is_forward(path: &Path) -> bool {
    path.is_ident("forward")
}

fn parse_setting(input: ParseStream<'_>) -> syn::Result<(Ident, SettingValue)> {
    if !input.peek(Ident::peek_any) {
        let keys = KEYS.map(|key| format!("`{key}`")).join(", ");
        return Err(input.error(format_args!("expected a kind, and behind it any of {keys}")));
    }
    let key = input.call(Ident::parse_any)?;
    if !input.peek(Token![=]) {
        return Ok((key, SettingValue::None));
    }
    input.parse::<Token![=]>()?;
    let fork = input.fork();
    let ends = |fork: ParseStream<'_>| fork.is_empty() || fork.peek(Token![,]);
    let value = if input.peek(LitBool) {
        SettingValue::Bool(input.parse()?)
    } else if fork.parse::<ExprPath>().is_ok() && ends(&fork) {
        SettingValue::Path(input.parse()?)
    } else {
        SettingValue::Other(input.parse::<Expr>()?.into_token_stream())
    };
    Ok((key, value))
}
