//! `#[trigger_event]`: from attribute and function to the annotated function.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Attribute, Error, Meta, parse2};

use crate::args::{KindArg, TriggerArgs};
use crate::check::Checked;
use crate::expand;
use crate::target::Function;

/// Expands the attribute; with mistakes, to the errors and the item as it was.
pub(crate) fn attribute(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut expanded = TokenStream::new();
    match expand_item(args, item.clone()) {
        Ok(function) => function.to_tokens(&mut expanded),
        Err(error) => expanded.extend([error.into_compile_error(), item]),
    }
    expanded
}

fn expand_item(args: TokenStream, item: TokenStream) -> Result<Function, Error> {
    let args = parse2::<TriggerArgs>(args)?;
    let mut function = parse2::<Function>(item)?;
    let mut all = vec![args];
    for attr in take_attributes(&mut function.attrs) {
        let args = attr.parse_args::<TriggerArgs>()?;
        check_distinct(&all, &args)?;
        all.push(args);
    }
    // The first attribute is the outermost scope.
    for args in all.into_iter().rev() {
        let checked = Checked::new(args, &function)?;
        function = expand::expand(&checked, function);
    }
    Ok(function)
}

/// Takes the other attributes of the same name, which nest inside this one.
fn take_attributes(attrs: &mut Vec<Attribute>) -> Vec<Attribute> {
    let is_ours = |attr: &Attribute| {
        let name = attr.path().segments.last();
        name.is_some_and(|name| name.ident == "trigger_event") && matches!(attr.meta, Meta::List(_))
    };
    let (ours, others) = std::mem::take(attrs).into_iter().partition(is_ours);
    *attrs = others;
    ours
}

fn check_distinct(before: &[TriggerArgs], args: &TriggerArgs) -> Result<(), Error> {
    let Some(kind) = &args.kind else {
        return Ok(());
    };
    let text = kind_text(kind);
    if before
        .iter()
        .filter_map(|args| args.kind.as_ref())
        .any(|other| kind_text(other) == text)
    {
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
