//! `#[trigger_event]`: from attribute and item to the annotated item.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, Error, Meta, parse2};

use crate::args::{KindArg, TriggerArgs};
use crate::block;
use crate::check::Checked;
use crate::diag::Diagnostics;
use crate::expand::expand;
use crate::target::Function;

/// Expands the attribute; with mistakes, to the errors and the item as it was.
pub(crate) fn attribute(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut expanded = TokenStream::new();
    match expand_item(args, item.clone()) {
        Ok(tokens) => expanded.extend(tokens),
        Err(error) => expanded.extend([error.into_compile_error(), item]),
    }
    expanded
}

fn expand_item(args: TokenStream, item: TokenStream) -> Result<TokenStream, Error> {
    if cfg!(feature = "off") {
        return Ok(item);
    }
    if block::is_skip_alone(&args) {
        // On a function of no annotated block: there is nothing to leave it out of.
        return Ok(item);
    }
    if block::is_block(&item) {
        return block::expand(args, item);
    }
    if !starts_item(&item) {
        // A closure or another expression: the compiler says that no attribute can stand there.
        return Ok(item);
    }
    expand_function(parse2(args)?, Function::read(item)?)
}

/// Whether `item` begins as items do, with an attribute or a word, and not as closures do.
fn starts_item(item: &TokenStream) -> bool {
    match item.clone().into_iter().next() {
        Some(TokenTree::Ident(word)) => word != "move" && word != "let",
        Some(TokenTree::Punct(punct)) => punct.as_char() == '#',
        Some(TokenTree::Group(group)) => group.delimiter() == Delimiter::None,
        _ => false,
    }
}

fn expand_function(args: TriggerArgs, mut function: Function) -> Result<TokenStream, Error> {
    if args.gives_way() && function.attrs.iter().any(is_own) {
        return Ok(function.into_token_stream());
    }
    let mut all = vec![args];
    for attr in take_attributes(&mut function.attrs) {
        let args = attr.parse_args::<TriggerArgs>()?;
        check_distinct(&all, &args)?;
        all.push(args);
    }
    let mut diag = Diagnostics::default();
    let mut checked = Vec::new();
    for args in all {
        match Checked::new(args, &function) {
            Ok(args) => checked.push(args),
            Err(error) => diag.add(error),
        }
    }
    diag.finish()?;
    Ok(expand(&checked, function).into_token_stream())
}

/// Takes the other attributes of the same name, which nest inside this one.
fn take_attributes(attrs: &mut Vec<Attribute>) -> Vec<Attribute> {
    let (ours, others) = std::mem::take(attrs).into_iter().partition(is_ours);
    *attrs = others;
    ours
}

/// Whether `attr` is `#[trigger_event(…)]`, by whatever path.
pub(crate) fn is_ours(attr: &Attribute) -> bool {
    let name = attr.path().segments.last();
    name.is_some_and(|name| name.ident == "trigger_event") && matches!(attr.meta, Meta::List(_))
}

/// Whether `attr` is ours, and none that a block has handed on.
fn is_own(attr: &Attribute) -> bool {
    is_ours(attr)
        && !attr
            .parse_args::<TriggerArgs>()
            .is_ok_and(|args| args.gives_way())
}

fn check_distinct(before: &[TriggerArgs], args: &TriggerArgs) -> Result<(), Error> {
    let Some(kind) = &args.kind else {
        return Ok(());
    };
    let text = kind_text(kind);
    let mut others = before.iter().filter_map(|args| args.kind.as_ref());
    if others.any(|other| kind_text(other) == text) {
        let message = "the function has this event already; remove one of the two attributes";
        return Err(Error::new_spanned(kind, message));
    }
    Ok(())
}

fn kind_text(kind: &KindArg) -> String {
    match kind {
        KindArg::Literal(literal) => literal.value(),
        KindArg::Path(path) => path.to_token_stream().to_string(),
        KindArg::Other(tokens) => tokens.to_string(),
    }
}
