//! Arguments: what stands between the attribute's parentheses, exactly as written.
//!
//! Grammar only; whether it makes sense is for `check`.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Expr, Ident, LitStr, Path, Token, parenthesized, token};

/// `KIND, option, …`.
#[derive(Clone)]
pub(crate) struct TriggerArgs {
    pub(crate) kind: Option<KindArg>,
    pub(crate) options: Vec<Setting>,
}

/// What stands in the kind's place.
#[derive(Clone)]
pub(crate) enum KindArg {
    Literal(LitStr),
    Path(Path),
    /// Anything else, which is wrong.
    Other(TokenStream),
}

/// `key`, `key(…)` or `key = …`.
#[derive(Clone)]
pub(crate) struct Setting {
    pub(crate) key: Ident,
    pub(crate) value: SettingValue,
}

#[derive(Clone)]
pub(crate) enum SettingValue {
    None,
    Data(Vec<FieldArg>),
    Names(Vec<Ident>),
    Path(Path),
    /// Something that the key does not take.
    Other(TokenStream),
}

/// `arg`, `name = expr`, `name = ?expr` or `name = %expr`.
#[derive(Clone)]
pub(crate) struct FieldArg {
    pub(crate) name: Ident,
    pub(crate) value: FieldValue,
}

#[derive(Clone)]
pub(crate) enum FieldValue {
    Argument,
    Plain(Expr),
    Debug(Expr),
    Display(Expr),
}

/// The keys, as an error lists them.
pub(crate) const KEYS: [&str; 6] = ["data", "skip", "skip_all", "ret", "err", "crate"];

impl Parse for TriggerArgs {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let kind = KindArg::parse(input)?;
        if kind.is_some() && !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
        if input.peek(Token![,]) {
            return Err(input.error("a comma too many"));
        }
        let options = Punctuated::<Setting, Token![,]>::parse_terminated(input)?;
        Ok(Self {
            kind,
            options: options.into_iter().collect(),
        })
    }
}

impl TriggerArgs {
    /// Whether it comes from a block, and an attribute on the function itself replaces it.
    pub(crate) fn is_overridable(&self) -> bool {
        let is_mark = |option: &Setting| option.key == "__overridable";
        self.options.iter().any(is_mark)
    }
}

impl KindArg {
    fn parse(input: ParseStream<'_>) -> syn::Result<Option<Self>> {
        if input.is_empty() || starts_setting(input) {
            return Ok(None);
        }
        if input.peek(LitStr) && ends_argument(input) {
            return Ok(Some(Self::Literal(input.parse()?)));
        }
        if input.peek(LitStr) && input.peek2(Ident::peek_any) {
            input.parse::<LitStr>()?;
            return Err(input.error("expected `,` behind the event kind"));
        }
        let fork = input.fork();
        if fork.call(Path::parse_mod_style).is_ok() && (fork.is_empty() || fork.peek(Token![,])) {
            return Ok(Some(Self::Path(input.call(Path::parse_mod_style)?)));
        }
        Ok(Some(Self::Other(up_to_comma(input)?)))
    }
}

/// Whether the first argument is an option, so that there is no kind.
fn starts_setting(input: ParseStream<'_>) -> bool {
    let fork = input.fork();
    let Ok(key) = fork.call(Ident::parse_any) else {
        return false;
    };
    let known = KEYS.iter().any(|known| key == known);
    (known && !fork.peek(Token![::])) || fork.peek(Token![=]) || fork.peek(token::Paren)
}

/// Whether the next token is an argument by itself.
fn ends_argument(input: ParseStream<'_>) -> bool {
    let fork = input.fork();
    fork.parse::<TokenTree>().is_ok() && (fork.is_empty() || fork.peek(Token![,]))
}

fn up_to_comma(input: ParseStream<'_>) -> syn::Result<TokenStream> {
    let mut tokens = TokenStream::new();
    while !input.is_empty() && !input.peek(Token![,]) {
        tokens.extend([input.parse::<TokenTree>()?]);
    }
    Ok(tokens)
}

impl Parse for Setting {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if !input.peek(Ident::peek_any) {
            let keys = KEYS.map(|key| format!("`{key}`")).join(", ");
            let message = format!("expected one of {keys}; the event kind stands first");
            return Err(input.error(message));
        }
        let key = input.call(Ident::parse_any)?; // `crate` is a keyword
        let value = match key.to_string().as_str() {
            "data" if input.peek(token::Paren) => SettingValue::Data(parse_list(input)?),
            "skip" if input.peek(token::Paren) => SettingValue::Names(
                parse_list::<Name>(input)?
                    .into_iter()
                    .map(|it| it.0)
                    .collect(),
            ),
            "crate" if input.peek(Token![=]) => {
                input.parse::<Token![=]>()?;
                let fork = input.fork();
                match fork.call(Path::parse_mod_style) {
                    Ok(_) => SettingValue::Path(input.call(Path::parse_mod_style)?),
                    Err(_) => SettingValue::Other(up_to_comma(input)?),
                }
            }
            _ if input.is_empty() || input.peek(Token![,]) => SettingValue::None,
            _ => SettingValue::Other(up_to_comma(input)?),
        };
        Ok(Self { key, value })
    }
}

fn parse_list<T: Parse>(input: ParseStream<'_>) -> syn::Result<Vec<T>> {
    let content;
    parenthesized!(content in input);
    Ok(Punctuated::<T, Token![,]>::parse_terminated(&content)?
        .into_iter()
        .collect())
}

/// The name of an argument, which may be `self`, and nothing behind it but `,` or `=`.
struct Name(Ident);

impl Parse for Name {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = if input.peek(Token![self]) || input.peek(Ident) {
            input.call(Ident::parse_any)?
        } else {
            return Err(
                input.error("expected the name of an argument, or in `data` `name = value`")
            );
        };
        if input.is_empty() || input.peek(Token![,]) || input.peek(Token![=]) {
            Ok(Self(name))
        } else {
            Err(input
                .error("expected `,` behind a name; `data` takes expressions as `name = value`"))
        }
    }
}

impl Parse for FieldArg {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let Name(name) = input.parse()?;
        if !input.peek(Token![=]) {
            return Ok(Self {
                name,
                value: FieldValue::Argument,
            });
        }
        input.parse::<Token![=]>()?;
        let value = if input.parse::<Option<Token![?]>>()?.is_some() {
            FieldValue::Debug(input.parse()?)
        } else if input.parse::<Option<Token![%]>>()?.is_some() {
            FieldValue::Display(input.parse()?)
        } else {
            FieldValue::Plain(input.parse()?)
        };
        Ok(Self { name, value })
    }
}

impl ToTokens for KindArg {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Literal(literal) => literal.to_tokens(tokens),
            Self::Path(path) => path.to_tokens(tokens),
            Self::Other(other) => other.to_tokens(tokens),
        }
    }
}
