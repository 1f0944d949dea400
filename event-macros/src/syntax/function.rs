//! The annotated function.
//!
//! The body is not parsed. Its tokens are returned unchanged, and the compiler reports its
//! mistakes.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Attribute, Error, FnArg, Ident, Signature, Token, Visibility};

use super::pattern::{collect_bindings, is_placeholder};

const WITHOUT_BODY: &str = "#[trigger_event] needs a function with a body; put it on the functions \
                            that implement or call this one";

/// The items that can be annotated.
const ITEMS: &str = "a function with a body, an `impl`, a `trait` or an inline `mod`";

/// A function with a body.
#[derive(Clone)]
pub(crate) struct Function {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) defaultness: Option<Ident>,
    pub(crate) sig: Signature,
    /// `#![…]` at the head of the body.
    pub(crate) inner_attrs: Vec<Attribute>,
    /// The body without its braces and inner attributes.
    pub(crate) body: TokenStream,
    /// The braces of the body, for their span.
    braces: Group,
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        let vis = input.parse()?;
        let defaultness = match input.cursor().ident() {
            Some((word, _)) if word == "default" => Some(input.parse()?),
            _ => None,
        };
        if !starts_function(input) {
            return Err(not_a_function(input));
        }
        if matches!(input.cursor().ident(), Some((word, _)) if word == "safe") {
            return Err(input.error(WITHOUT_BODY));
        }
        let sig = input.parse::<Signature>()?;
        if input.peek(Token![;]) {
            return Err(Error::new_spanned(
                input.parse::<Token![;]>()?,
                WITHOUT_BODY,
            ));
        }
        let braces = parse_braces(input)?;
        let (inner_attrs, body) = split_inner_attrs(braces.stream())?;
        Ok(Self {
            attrs,
            vis,
            defaultness,
            sig,
            inner_attrs,
            body,
            braces,
        })
    }
}

/// Parses the braces of a body. A macro's `$body:block` puts them into an invisible group.
fn parse_braces(input: ParseStream<'_>) -> syn::Result<Group> {
    let mut token = input.parse::<TokenTree>().ok();
    loop {
        match token {
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                return Ok(group);
            }
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::None => {
                token = group.stream().into_iter().next();
            }
            _ => return Err(input.error("expected a function body in braces")),
        }
    }
}

fn starts_function(input: ParseStream<'_>) -> bool {
    let fork = input.fork();
    while let Ok(token) = fork.parse::<TokenTree>() {
        match token {
            TokenTree::Ident(word) if word == "fn" => return true,
            TokenTree::Ident(word)
                if ["const", "async", "unsafe", "safe", "extern"]
                    .iter()
                    .any(|it| word == it) => {}
            TokenTree::Literal(_) => {}
            _ => return false,
        }
    }
    false
}

/// The error for an item that is neither a function nor a block of functions.
fn not_a_function(input: ParseStream<'_>) -> Error {
    let first = input.cursor().ident().map(|(word, _)| word.to_string());
    let item = match first.as_deref() {
        Some("mod") => {
            return input.error(
                "#[trigger_event] cannot be used on a `mod` whose content is in another file; \
                 write it inline as `mod name { … }`, or annotate the items in that file",
            );
        }
        Some("unsafe" | "extern") => "an `extern` block".to_owned(),
        Some(word @ ("enum" | "impl")) => format!("an `{word}`"),
        Some(word @ ("struct" | "union" | "trait" | "type" | "use" | "static" | "const")) => {
            format!("a `{word}`")
        }
        _ => return input.error(format_args!("expected {ITEMS}")),
    };
    input.error(format_args!(
        "#[trigger_event] cannot be used on {item}; put it on {ITEMS}"
    ))
}

/// Separates the `#![…]` at the head of a body from the rest.
fn split_inner_attrs(body: TokenStream) -> syn::Result<(Vec<Attribute>, TokenStream)> {
    let mut tokens = body.clone().into_iter();
    let mut next_is = |wanted| tokens.next().is_some_and(|token| is_punct(&token, wanted));
    if !(next_is('#') && next_is('!')) {
        return Ok((Vec::new(), body));
    }
    let split = |input: ParseStream<'_>| Ok((input.call(Attribute::parse_inner)?, input.parse()?));
    split.parse2(body)
}

impl Function {
    /// Parses a function.
    ///
    /// The parser gets an empty body, because it would copy every token of the body.
    pub(crate) fn read(item: TokenStream) -> syn::Result<Self> {
        let mut tokens: Vec<TokenTree> = item.into_iter().collect();
        let body = match tokens.last_mut() {
            Some(TokenTree::Group(body)) if body.delimiter() == Delimiter::Brace => {
                let mut empty = Group::new(Delimiter::Brace, TokenStream::new());
                empty.set_span(body.span());
                Some(std::mem::replace(body, empty))
            }
            _ => None,
        };
        let mut function = syn::parse2::<Self>(tokens.into_iter().collect())?;
        if let Some(body) = body {
            (function.inner_attrs, function.body) = split_inner_attrs(body.stream())?;
        }
        Ok(function)
    }

    /// The names that the arguments bind, in order, without `self`.
    pub(crate) fn bindings(&self) -> Vec<&Ident> {
        let mut names = Vec::new();
        for input in &self.sig.inputs {
            if let FnArg::Typed(argument) = input {
                collect_bindings(&argument.pat, &mut names);
            }
        }
        names.retain(|name| !is_placeholder(name));
        names
    }

    /// `{ before { body } }`: the body after statements that declare locals.
    ///
    /// The items of the body stay at the head of a block. The outer braces are of this crate's
    /// edition, in which temporaries of the tail are dropped before the locals, in any edition of
    /// the user.
    pub(crate) fn body_after(&self, before: &TokenStream) -> TokenStream {
        let mut block = self.braced(&self.body);
        if is_one_expression(&self.body) {
            // The user's braces around one expression would raise the lint `unused_braces`.
            block.set_span(Span::mixed_site());
        }
        quote_spanned!(Span::mixed_site()=> { #before #block })
    }

    /// `{ tokens }` with the span of the body's braces.
    pub(crate) fn braced(&self, tokens: &TokenStream) -> Group {
        let mut braces = Group::new(Delimiter::Brace, tokens.clone());
        braces.set_span(self.braces.span());
        braces
    }

    pub(crate) fn has_self(&self) -> bool {
        self.sig.receiver().is_some()
    }
}

fn is_one_expression(body: &TokenStream) -> bool {
    !body.is_empty() && !body.clone().into_iter().any(|token| is_punct(&token, ';'))
}

fn is_punct(token: &TokenTree, wanted: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == wanted)
}

impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self {
            attrs,
            vis,
            defaultness,
            sig,
            inner_attrs,
            body,
            ..
        } = self;
        let block = self.braced(&quote!(#(#inner_attrs)* #body));
        tokens.extend(quote!(#(#attrs)* #vis #defaultness #sig #block));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The compiler rejects such a function before the attribute is expanded, so that no ui test
    /// can show the error.
    #[test]
    fn function_needs_braces() {
        let error = Function::read(quote!(fn work() = 1;)).err();
        let text = error.expect("it is an error").to_string();
        assert_eq!(text, "expected a function body in braces");
    }
}
