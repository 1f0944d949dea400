//! The arguments of `#[trigger_event(…)]`, exactly as written.
//!
//! This is grammar only. The `settings` and `check` modules decide whether the arguments are valid.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Attribute, Error, ExprPath, Ident, LitStr, Meta, Path, Token, parenthesized, token};

use super::field::{FieldArg, parse_name};
use crate::suggest::one_of;
use crate::syntax::argument::{at_end_of_argument, rest_of_argument};

/// `KIND, option, …`.
#[derive(Clone, Default)]
pub(crate) struct TriggerArgs {
    /// `None` if the kind is the path of the module.
    pub(crate) kind: Option<KindArg>,
    pub(crate) options: Vec<Setting>,
}

/// The first argument, unless it is an option.
#[derive(Clone)]
pub(crate) enum KindArg {
    Literal(LitStr),
    Path(ExprPath),
    /// Any other tokens, which are invalid.
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
    /// `(Debug)` or `(Display)`.
    Format(Format),
    Text(LitStr),
    /// Any other tokens, which the key does not accept.
    Other(TokenStream),
}

/// The trait by which `ret` or `err` formats, as the user wrote it.
#[derive(Clone)]
pub(crate) enum Format {
    Debug(Ident),
    Display(Ident),
}

/// The valid keys, in the order in which errors list them.
pub(crate) const KEYS: [&str; 8] = [
    "data", "skip", "skip_all", "redact", "ret", "err", "name", "crate",
];

/// The key of a block's `err`, which counts only if the function returns a `Result`.
pub(crate) const BLOCK_ERR: &str = "__err_of_block";

/// The key of a block's `ret(…)`, which leaves out a value that is `()`.
pub(crate) const BLOCK_RET: &str = "__ret_of_block";

/// The key that a block adds to an attribute if an attribute on the function itself may replace it.
pub(crate) const OVERRIDABLE: &str = "__overridable";

/// The key that a block adds to an attribute in an inner block that may have its own.
pub(crate) const OUTER: &str = "__outer";

impl TriggerArgs {
    /// The arguments of `attribute`, which has none if it is only a path.
    pub(crate) fn of(attribute: &Attribute) -> syn::Result<Self> {
        match attribute.meta {
            Meta::Path(_) => Ok(Self::default()),
            _ => attribute.parse_args(),
        }
    }

    /// Whether the arguments may be those of this attribute: a kind, or known options.
    pub(crate) fn are_plausible(&self) -> bool {
        match self.kind {
            Some(KindArg::Literal(_) | KindArg::Path(_)) => true,
            Some(KindArg::Other(_)) => false,
            None => {
                let is_known = |option: &Setting| KEYS.iter().any(|key| option.key == key);
                self.options.iter().all(is_known)
            }
        }
    }

    /// Whether a block added the attribute, so that an attribute on the function itself replaces
    /// it.
    pub(crate) fn is_overridable(&self) -> bool {
        self.options.iter().any(|option| option.key == OVERRIDABLE)
    }
}

impl Setting {
    /// The option that is only a key.
    pub(crate) fn flag(key: &str) -> Self {
        Self {
            key: Ident::new(key, Span::call_site()),
            value: SettingValue::None,
        }
    }
}

impl Parse for TriggerArgs {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let kind = KindArg::parse(input)?;
        if kind.is_some() && !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
        let options = Punctuated::<Setting, Token![,]>::parse_terminated(input)?;
        Ok(Self {
            kind,
            options: options.into_iter().collect(),
        })
    }
}

impl KindArg {
    fn parse(input: ParseStream<'_>) -> syn::Result<Option<Self>> {
        if at_end_of_argument(input) || starts_setting(input) {
            return Ok(None);
        }
        if input.peek(LitStr) && is_whole_argument(input) {
            return Ok(Some(Self::Literal(input.parse()?)));
        }
        if input.peek(LitStr) && input.peek2(Ident::peek_any) {
            input.parse::<LitStr>()?;
            return Err(input.error("expected `,` after the event kind"));
        }
        let fork = input.fork();
        if fork.parse::<ExprPath>().is_ok() && at_end_of_argument(&fork) {
            return Ok(Some(Self::Path(input.parse()?)));
        }
        Ok(Some(Self::Other(rest_of_argument(input)?)))
    }
}

/// Whether the first argument is an option. The attribute has no kind then.
fn starts_setting(input: ParseStream<'_>) -> bool {
    let fork = input.fork();
    let Ok(key) = fork.call(Ident::parse_any) else {
        return false;
    };
    let keys = KEYS
        .iter()
        .chain(&[BLOCK_ERR, BLOCK_RET, OVERRIDABLE, OUTER]);
    let is_key = keys.into_iter().any(|known| key == known);
    (is_key && !fork.peek(Token![::])) || fork.peek(Token![=]) || fork.peek(token::Paren)
}

/// Whether the next token is a whole argument.
fn is_whole_argument(input: ParseStream<'_>) -> bool {
    let fork = input.fork();
    fork.parse::<TokenTree>().is_ok() && at_end_of_argument(&fork)
}

impl Parse for Setting {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if !input.peek(Ident::peek_any) {
            return Err(not_a_setting(input));
        }
        let key = input.call(Ident::parse_any)?; // `crate` is a keyword
        let value = match key.to_string().as_str() {
            "data" if input.peek(token::Paren) => SettingValue::Data(parse_list(input)?),
            word @ ("skip" | "redact") if input.peek(token::Paren) => {
                SettingValue::Names(parse_names(input, word)?)
            }
            "crate" if input.peek(Token![=]) => {
                input.parse::<Token![=]>()?;
                let fork = input.fork();
                match fork.call(Path::parse_mod_style) {
                    Ok(_) => SettingValue::Path(input.call(Path::parse_mod_style)?),
                    Err(_) => SettingValue::Other(rest_of_argument(input)?),
                }
            }
            "ret" | "err" | BLOCK_RET | BLOCK_ERR if input.peek(token::Paren) => {
                parse_format(input)?
            }
            "name" if input.peek(Token![=]) && input.peek2(LitStr) => {
                let fork = input.fork();
                fork.parse::<Token![=]>()?;
                if is_whole_argument(&fork) {
                    input.parse::<Token![=]>()?;
                    SettingValue::Text(input.parse()?)
                } else {
                    SettingValue::Other(rest_of_argument(input)?)
                }
            }
            _ if at_end_of_argument(input) => SettingValue::None,
            _ => SettingValue::Other(rest_of_argument(input)?),
        };
        Ok(Self { key, value })
    }
}

/// The error at a token that begins no option.
fn not_a_setting(input: ParseStream<'_>) -> Error {
    if input.peek(Token![,]) {
        return input.error("unexpected `,`; remove it");
    }
    let expected = one_of(&KEYS);
    input.error(format_args!(
        "expected {expected}; the event kind comes first, as in \
         `#[trigger_event(\"app:parse\", ret)]`"
    ))
}

/// The `(Debug)` of `ret(Debug)`, or other tokens.
fn parse_format(input: ParseStream<'_>) -> syn::Result<SettingValue> {
    let tokens = rest_of_argument(input)?;
    let format = |input: ParseStream<'_>| {
        let content;
        parenthesized!(content in input);
        let word: Ident = content.parse()?;
        content.parse::<Option<Token![,]>>()?;
        match &*word.to_string() {
            "Debug" if content.is_empty() => Ok(Format::Debug(word)),
            "Display" if content.is_empty() => Ok(Format::Display(word)),
            _ => Err(content.error("no format")),
        }
    };
    let parsed = format.parse2(tokens.clone());
    Ok(parsed.map_or(SettingValue::Other(tokens), SettingValue::Format))
}

fn parse_list<T: Parse>(input: ParseStream<'_>) -> syn::Result<Vec<T>> {
    let content;
    parenthesized!(content in input);
    Ok(Punctuated::<T, Token![,]>::parse_terminated(&content)?
        .into_iter()
        .collect())
}

/// The names in `skip(…)` or `redact(…)`.
fn parse_names(input: ParseStream<'_>, key: &str) -> syn::Result<Vec<Ident>> {
    let content;
    let parentheses = parenthesized!(content in input);
    if content.is_empty() {
        let message = match key {
            "skip" => "`skip()` skips nothing; write `skip(name)`, or `skip_all` for all arguments",
            _ => {
                "`redact()` redacts nothing; write the names of arguments, as in `redact(password)`"
            }
        };
        return Err(Error::new(parentheses.span.join(), message));
    }
    let mut names = Vec::new();
    while !content.is_empty() {
        let Some(name) = parse_name(&content)? else {
            return Err(content.error(format_args!(
                "expected the name of an argument, as in `{key}(name)`"
            )));
        };
        if !content.is_empty() && content.parse::<Option<Token![,]>>()?.is_none() {
            return Err(content.error(format_args!(
                "expected `,` after `{name}`; `{key}` accepts only names of arguments"
            )));
        }
        names.push(name);
    }
    Ok(names)
}

impl ToTokens for TriggerArgs {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { kind, options } = self;
        let separator = kind.as_ref().map(|_| quote!(,));
        tokens.extend(quote!(#kind #separator #(#options),*));
    }
}

/// Only the forms that are valid on a block.
impl ToTokens for Setting {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let key = &self.key;
        tokens.extend(match &self.value {
            SettingValue::Names(names) => quote!(#key(#(#names),*)),
            SettingValue::Path(path) => quote!(#key = #path),
            SettingValue::Format(Format::Debug(format) | Format::Display(format)) => {
                quote!(#key(#format))
            }
            SettingValue::Text(text) => quote!(#key = #text),
            SettingValue::None | SettingValue::Data(_) | SettingValue::Other(_) => quote!(#key),
        });
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
