//! The expansion of the attribute on a block, which cannot fail.

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::{ReturnType, Type};

use super::check::BlockAttribute;
use super::tree::{AnnotatedBlock, FunctionNode, Node};
use crate::syntax::function::Function;
use crate::syntax::return_type::{ReturnedFuture, peel};
use crate::trigger_event::args::{OVERRIDABLE, SettingValue, TriggerArgs};

// Input:
//
//     #[trigger_event("app:parse", skip(text), err)]
//     impl Parser {
//         fn len(&self) -> usize { … }
//         fn parse(&self, text: &str) -> Result<Tree, Error> { … }
//     }
//
// Output:
//
//     impl Parser {
//         #[event_core::trigger_event("app:parse", skip())]
//         fn len(&self) -> usize { … }
//         #[event_core::trigger_event("app:parse", skip(text), err)]
//         fn parse(&self, text: &str) -> Result<Tree, Error> { … }
//     }
pub(crate) fn expand(attributes: &[BlockAttribute<'_>], block: &AnnotatedBlock) -> TokenStream {
    expand_nodes(attributes, &block.nodes)
}

fn expand_nodes(attributes: &[BlockAttribute<'_>], nodes: &[Node]) -> TokenStream {
    let mut expanded = TokenStream::new();
    for node in nodes {
        match node {
            Node::Verbatim(tokens) => expanded.extend(tokens.clone()),
            Node::Function(node) => annotate(attributes, node, &mut expanded),
            Node::Group(empty, inside) => {
                let inside = expand_nodes(attributes, inside);
                let mut group = Group::new(empty.delimiter(), inside);
                group.set_span(empty.span());
                expanded.extend([TokenTree::Group(group)]);
            }
        }
    }
    expanded
}

fn annotate(attributes: &[BlockAttribute<'_>], node: &FunctionNode, expanded: &mut TokenStream) {
    let overridable = node.conditional.then(|| {
        let key = format_ident!("{OVERRIDABLE}");
        quote!(, #key)
    });
    for BlockAttribute { args, krate } in attributes {
        let args = args_for(args, node.function.as_ref());
        expanded.extend(quote!(#[#krate::trigger_event(#args #overridable)]));
    }
    expanded.extend(node.tokens.clone());
}

/// The arguments for one function.
///
/// `skip(…)` keeps the names that the function has. `err` is kept if it returns a `Result`.
fn args_for(args: &TriggerArgs, function: Option<&Function>) -> TokenStream {
    let names = function.map(Function::bindings);
    let mut tokens = args.kind.to_token_stream();
    for option in &args.options {
        let key = &option.key;
        match (&option.value, function) {
            (SettingValue::Names(skip), _) => {
                let skip = skip.iter().filter(|name| match &names {
                    Some(names) => names.contains(name),
                    None => true,
                });
                tokens.extend(quote!(, skip(#(#skip),*)));
            }
            (SettingValue::Path(path), _) => tokens.extend(quote!(, #key = #path)),
            (_, Some(function)) if key == "err" && !returns_result(&function.sig.output) => {}
            _ => tokens.extend(quote!(, #key)),
        }
    }
    tokens
}

/// Whether a function, or the future that it returns, returns a `Result`.
fn returns_result(output: &ReturnType) -> bool {
    match (ReturnedFuture::new(output), output) {
        (Some(future), _) => future.output.is_some_and(|output| is_result(&output)),
        (None, ReturnType::Type(_, output)) => is_result(output),
        (None, ReturnType::Default) => false,
    }
}

fn is_result(output: &Type) -> bool {
    let Type::Path(output) = peel(output) else {
        return false;
    };
    let last = output.path.segments.last();
    last.is_some_and(|last| last.ident.to_string().ends_with("Result"))
}
