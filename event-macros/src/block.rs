//! The attribute on an `impl`, a `trait` or an inline `mod`: it is handed on to every function
//! inside.
//!
//! Nothing in a block is changed but that functions get an attribute, whatever else there is.

use std::cell::RefCell;
use std::collections::HashSet;

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{Error, ReturnType, Type, parse2};

use crate::args::{SettingValue, TriggerArgs};
use crate::check::check_block;
use crate::diag::Diagnostics;
use crate::items::{Attributes, Item, What, braces, inner_attributes};
use crate::returned::{ReturnedFuture, peeled};
use crate::target::Function;

/// Whether `item` is an `impl`, a `trait` or a `mod` with a body.
pub(crate) fn is_block(item: &TokenStream) -> bool {
    let tokens: Vec<TokenTree> = item.clone().into_iter().collect();
    Item::next(&tokens).is_some_and(|item| matches!(item.what, What::Block))
}

/// Hands `args`, and those of further attributes on the block itself, on to every function in it.
pub(crate) fn expand(args: TokenStream, block: TokenStream) -> Result<TokenStream, Error> {
    let tokens: Vec<TokenTree> = block.into_iter().collect();
    let Some(item) = Item::next(&tokens) else {
        return Ok(TokenStream::new());
    };
    let attributes = Attributes::new(&item.tokens[..item.head]);
    let mut annotate = Annotate {
        all: vec![HandedOn::new(args)?],
        known: RefCell::default(),
    };
    for attribute in attributes.ours {
        annotate.all.push(HandedOn::new(attribute.parse_args()?)?);
    }
    let mut expanded = attributes.others;
    annotate.body(&item, &mut expanded);
    annotate.check_skips()?;
    Ok(expanded)
}

struct Annotate {
    /// The attributes that each function gets, outermost first.
    all: Vec<HandedOn>,
    /// The names of all functions' arguments.
    known: RefCell<HashSet<Ident>>,
}

/// One attribute for every function.
struct HandedOn {
    args: TokenStream,
    read: TriggerArgs,
    /// The path of the attribute.
    path: TokenStream,
}

impl Annotate {
    fn items(&self, block: TokenStream, expanded: &mut TokenStream) {
        let tokens: Vec<TokenTree> = block.into_iter().collect();
        let (inner, mut rest) = tokens.split_at(inner_attributes(&tokens));
        expanded.extend(inner.iter().cloned());
        while let Some(item) = Item::next(rest) {
            rest = &rest[item.tokens.len()..];
            match item.what {
                What::Function => self.function(&item, expanded),
                What::Block => self.block(&item, expanded),
                What::Group => self.group(&item, expanded),
                What::Other => expanded.extend(item.tokens.iter().cloned()),
            }
        }
    }

    fn group(&self, item: &Item<'_>, expanded: &mut TokenStream) {
        if let [TokenTree::Group(group)] = item.tokens {
            let mut inside = TokenStream::new();
            self.items(group.stream(), &mut inside);
            expanded.extend([TokenTree::Group(Group::new(Delimiter::None, inside))]);
        }
    }

    fn block(&self, item: &Item<'_>, expanded: &mut TokenStream) {
        let attributes = Attributes::new(&item.tokens[..item.head]);
        if is_left_out(&attributes) {
            expanded.extend(attributes.others);
            expanded.extend(item.tokens[item.head..].iter().cloned());
        } else if !attributes.ours.is_empty() || attributes.conditional {
            expanded.extend(item.tokens.iter().cloned());
        } else {
            expanded.extend(attributes.others);
            self.body(item, expanded);
        }
    }

    /// A block without its attributes, its functions annotated.
    fn body(&self, item: &Item<'_>, expanded: &mut TokenStream) {
        let Some((body, head)) = item.tokens[item.head..].split_last() else {
            return;
        };
        expanded.extend(head.iter().cloned());
        let mut inside = TokenStream::new();
        self.items(braces(body).unwrap_or_default(), &mut inside);
        let mut group = Group::new(Delimiter::Brace, inside);
        group.set_span(body.span());
        expanded.extend([TokenTree::Group(group)]);
    }

    fn function(&self, item: &Item<'_>, expanded: &mut TokenStream) {
        let attributes = Attributes::new(&item.tokens[..item.head]);
        if is_left_out(&attributes) {
            expanded.extend(attributes.others);
            expanded.extend(item.tokens[item.head..].iter().cloned());
            return;
        }
        if attributes.ours.is_empty() {
            let function = Function::read(item.tokens.iter().cloned().collect()).ok();
            let names = function.iter().flat_map(Function::bindings);
            self.known.borrow_mut().extend(names.cloned());
            // Whether the function has an attribute of its own, its conditions will tell.
            let gives_way = attributes.conditional.then(|| quote!(, __gives_way));
            for handed_on in &self.all {
                let (path, args) = (&handed_on.path, handed_on.args_for(function.as_ref()));
                expanded.extend(quote!(#[#path(#args #gives_way)]));
            }
        }
        expanded.extend(item.tokens.iter().cloned());
    }

    /// Reports what is to be skipped and is no argument of any function.
    fn check_skips(&self) -> Result<(), Error> {
        let mut diag = Diagnostics::default();
        let known = self.known.borrow();
        for name in self
            .all
            .iter()
            .flat_map(|handed_on| handed_on.read.skipped())
        {
            if !known.contains(name) {
                diag.error(
                    name,
                    format_args!("no function in here has an argument `{name}`"),
                );
            }
        }
        diag.finish()
    }
}

/// Whether `#[trigger_event(skip)]` is among the attributes.
fn is_left_out(attributes: &Attributes) -> bool {
    attributes.ours.iter().any(|attribute| {
        attribute
            .parse_args::<TokenStream>()
            .is_ok_and(|args| is_skip_alone(&args))
    })
}

/// Whether the arguments are those that leave a function out of its block.
pub(crate) fn is_skip_alone(args: &TokenStream) -> bool {
    args.to_string() == "skip"
}

impl HandedOn {
    fn new(args: TokenStream) -> Result<Self, Error> {
        let read = parse2::<TriggerArgs>(args.clone())?;
        let krate = check_block(&read)?;
        Ok(Self {
            args,
            read,
            path: quote!(#krate::trigger_event),
        })
    }

    /// The arguments that make sense for one function: `skip` of what it has, `err` where it
    /// returns a `Result`.
    fn args_for(&self, function: Option<&Function>) -> TokenStream {
        let Some(function) = function else {
            return self.args.clone();
        };
        let names = function.bindings();
        let mut args = self.read.kind.to_token_stream();
        for option in &self.read.options {
            let key = &option.key;
            match &option.value {
                SettingValue::Names(skip) => {
                    let skip = skip.iter().filter(|name| names.contains(name));
                    args.extend(quote!(, skip(#(#skip),*)));
                }
                SettingValue::Path(path) => args.extend(quote!(, #key = #path)),
                _ if key == "err" && !gives_result(&function.sig.output) => {}
                _ => args.extend(quote!(, #key)),
            }
        }
        args
    }
}

/// Whether a function, or the future that it returns, gives a `Result`.
fn gives_result(output: &ReturnType) -> bool {
    match (ReturnedFuture::new(output), output) {
        (Some(future), _) => future.output.is_some_and(|output| is_result(&output)),
        (None, ReturnType::Type(_, output)) => is_result(output),
        (None, ReturnType::Default) => false,
    }
}

fn is_result(output: &Type) -> bool {
    let Type::Path(output) = peeled(output) else {
        return false;
    };
    output
        .path
        .segments
        .last()
        .is_some_and(|last| last.ident.to_string().ends_with("Result"))
}
