//! The fields in `data(…)`, and the names in it and in `skip(…)`, exactly as written.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Error, Expr, Ident, LitStr, Token, parse2};

use crate::syntax::argument::at_end_of_argument;

/// `arg`, `name = expr`, `name = ?expr`, `name = %expr`, `?arg` or `%arg`.
#[derive(Clone)]
pub(crate) struct FieldArg {
    pub(crate) name: FieldName,
    pub(crate) value: FieldValue,
}

/// `name`, `dotted.name` or `"any text"`.
#[derive(Clone)]
pub(crate) struct FieldName {
    /// The key, without a leading `r#` of its words.
    pub(crate) text: String,
    pub(crate) tokens: TokenStream,
}

#[derive(Clone)]
pub(crate) enum FieldValue {
    Argument(Ident),
    Plain(Expr),
    Debug(Expr),
    Display(Expr),
}

impl Parse for FieldArg {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(Token![?]) || input.peek(Token![%]) {
            return Self::parse_shorthand(input);
        }
        let (name, place) = match input.parse::<Option<LitStr>>()? {
            Some(literal) if !input.peek(Token![=]) => {
                let message = "a field whose name is a string needs a value, as in \
                               `data(\"http.status\" = status)`";
                return Err(Error::new_spanned(literal, message));
            }
            Some(literal) => (FieldName::of_literal(&literal), None),
            None => Self::parse_place(input)?,
        };
        let is_whole = at_end_of_argument(input);
        let value = if is_whole {
            place.ok_or_else(|| only_a_key(&name, ""))?
        } else if input.parse::<Option<Token![=]>>()?.is_none() {
            let name = name.tokens;
            return Err(input.error(format_args!(
                "expected `,` or `=` after `{name}`; write an expression as `name = value`"
            )));
        } else if input.parse::<Option<Token![?]>>()?.is_some() {
            FieldValue::Debug(input.parse()?)
        } else if input.parse::<Option<Token![%]>>()?.is_some() {
            FieldValue::Display(input.parse()?)
        } else {
            FieldValue::Plain(input.parse()?)
        };
        Ok(Self { name, value })
    }
}

impl FieldArg {
    /// `?name` or `%name`, short for `name = ?name`.
    fn parse_shorthand(input: ParseStream<'_>) -> syn::Result<Self> {
        let is_debug = input.parse::<Option<Token![?]>>()?.is_some();
        if !is_debug {
            input.parse::<Token![%]>()?;
        }
        let (name, place) = Self::parse_place(input)?;
        if !at_end_of_argument(input) {
            let name = name.tokens;
            return Err(input.error(format_args!(
                "expected `,` after `{name}`; write an expression as `name = ?value` or \
                 `name = %value`"
            )));
        }
        let expr = match place {
            Some(FieldValue::Argument(name)) => syn::parse_quote!(#name),
            Some(FieldValue::Plain(expr)) => expr,
            _ => return Err(only_a_key(&name, if is_debug { "?" } else { "%" })),
        };
        let value = if is_debug {
            FieldValue::Debug(expr)
        } else {
            FieldValue::Display(expr)
        };
        Ok(Self { name, value })
    }

    /// `name` or `dotted.name`, as a key and as the value that it names.
    fn parse_place(input: ParseStream<'_>) -> syn::Result<(FieldName, Option<FieldValue>)> {
        let Some(first) = parse_name(input)? else {
            return Err(input.error(
                "expected the name of an argument or of a field, as in `data(name)` or \
                 `data(name = value)`",
            ));
        };
        let mut words = vec![first.clone()];
        let mut tokens = first.to_token_stream();
        while input.peek(Token![.]) && input.peek2(Ident::peek_any) {
            let dot: Token![.] = input.parse()?;
            let word = input.call(Ident::parse_any)?;
            tokens.extend(quote!(#dot #word));
            words.push(word);
        }
        let texts: Vec<String> = words.iter().map(|word| word.unraw().to_string()).collect();
        let value = if words.len() == 1 {
            Some(FieldValue::Argument(first))
        } else {
            // A word may be a keyword, which only a key can contain.
            parse2(tokens.clone()).ok().map(FieldValue::Plain)
        };
        let text = texts.join(".");
        Ok((FieldName { text, tokens }, value))
    }
}

/// The error at a dotted name with a keyword, which is not a place that has a value.
fn only_a_key(name: &FieldName, sign: &str) -> Error {
    let FieldName { text, tokens } = name;
    let message = format!(
        "`{text}` has no value, because it contains a keyword; write `{text} = {sign}value`"
    );
    Error::new_spanned(tokens, message)
}

impl FieldName {
    fn of_literal(literal: &LitStr) -> Self {
        Self {
            text: literal.value(),
            tokens: literal.to_token_stream(),
        }
    }
}

/// The name of an argument, which may be `self`, or of a field.
pub(crate) fn parse_name(input: ParseStream<'_>) -> syn::Result<Option<Ident>> {
    if input.peek(Token![self]) || input.peek(Ident) {
        input.call(Ident::parse_any).map(Some)
    } else {
        Ok(None)
    }
}
