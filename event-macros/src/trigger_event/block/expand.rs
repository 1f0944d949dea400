//! The expansion of the attribute on a block, which cannot fail.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};

use super::check::BlockAttribute;
use super::results::Demand;
use super::tree::{AnnotatedBlock, FunctionNode, Node, OwnNode, Placement, RenamedBlock};
use crate::syntax::function::Function;
use crate::syntax::return_type::{may_return_result, returns_impl_fn};
use crate::trigger_event::args::{
    BLOCK_ERR, BLOCK_RET, Format, OUTER, OVERRIDABLE, Setting, SettingValue, TriggerArgs,
};
use crate::trigger_event::check::Checked;
use crate::trigger_event::expand::origin::Origin;
use crate::trigger_event::{check as function_check, expand as function_expand};

// Input:
//
//     #[trigger_event("app:parse", skip(text), err)]
//     impl Parser {
//         fn len(&self) -> usize { … }
//         fn parse(&self, text: &str) -> Result<Tree, Error> { … }
//     }
//
// Output, where `→ …` is the expansion of the function with that attribute:
//
//     impl Parser {
//         → #[event_core::trigger_event("app:parse")]
//           fn len(&self) -> usize { … }
//         → #[event_core::trigger_event("app:parse", skip(text), __err_of_block)]
//           fn parse(&self, text: &str) -> Result<Tree, Error> { … }
//     }
//
// Other macros on the block then see plain functions. A function keeps the attribute if it has
// mistakes, or if its own attributes must be expanded before. A function with attributes of this
// macro is expanded for these. If one of these may be this macro
// under another name, the block's attribute is the last one and is removed by the user's:
//
//         #[traced("app:own", skip_all)]
//         #[event_core::trigger_event("app:parse", __overridable)]
//         fn own(&self, secret: &str) { … }
pub(crate) fn expand(attributes: &[BlockAttribute<'_>], block: &AnnotatedBlock) -> TokenStream {
    expand_nodes(attributes, &block.nodes)
}

fn expand_nodes(attributes: &[BlockAttribute<'_>], nodes: &[Node]) -> TokenStream {
    let mut expanded = TokenStream::new();
    for node in nodes {
        match node {
            Node::Verbatim(tokens) => expanded.extend(tokens.clone()),
            Node::Function(node) => annotate(attributes, node, &mut expanded),
            Node::Own(node) => expand_own(node, &mut expanded),
            Node::Renamed(block) => pass_on(attributes, block, &mut expanded),
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
    let FunctionNode {
        head,
        tokens,
        function,
        placement,
        origin,
        keeps_async,
    } = node;
    let all: Vec<TriggerArgs> = attributes
        .iter()
        .map(|attribute| args_for(attribute, function.as_ref()))
        .collect();
    let in_place = function
        .as_ref()
        .filter(|_| *placement == Placement::InPlace)
        .and_then(|function| {
            let mut checked = function_check::check(all.clone(), function).ok()?;
            for (checked, attribute) in checked.iter_mut().zip(attributes) {
                checked.demand = demand(checked, attribute, node);
            }
            let function = function.clone();
            Some(function_expand::expand(
                &checked,
                function,
                *origin,
                *keeps_async,
            ))
        });
    if let Some(function) = in_place {
        return function.to_tokens(expanded);
    }
    // The attributes report the mistakes, if there are any.
    let all = attributes.iter().zip(&all).map(|(attribute, args)| {
        let overridable = (*placement == Placement::Last).then_some(OVERRIDABLE);
        let outer = (*origin == Origin::Outer).then_some(OUTER);
        written(attribute, args, overridable.into_iter().chain(outer))
    });
    if *placement == Placement::Last {
        expanded.extend(quote!(#head #(#all)* #tokens));
    } else {
        expanded.extend(quote!(#(#all)* #head #tokens));
    }
}

/// The statement that demands a `Result` of some function of the block.
fn demand(
    checked: &Checked,
    attribute: &BlockAttribute<'_>,
    node: &FunctionNode,
) -> Option<TokenStream> {
    let err = checked.err.as_ref()?;
    let demand = attribute.demand;
    demand.statement(node, &checked.private(), &err.word)
}

fn expand_own(node: &OwnNode, expanded: &mut TokenStream) {
    let Ok(checked) = function_check::check(node.attributes.clone(), &node.function) else {
        // The attributes report the mistakes.
        return expanded.extend(node.tokens.clone());
    };
    let function = node.function.clone();
    let mut function = function_expand::expand(&checked, function, Origin::Own, node.keeps_async);
    // An import that only these attributes use stays used.
    let (paths, body) = (&node.paths, &function.body);
    function.body = quote!(#(#[#paths(skip)] const _: () = ();)* #body);
    function.to_tokens(expanded);
}

/// Passes the attributes on to an inner block, below those that it has.
fn pass_on(attributes: &[BlockAttribute<'_>], block: &RenamedBlock, expanded: &mut TokenStream) {
    let RenamedBlock { head, tokens } = block;
    let all = attributes
        .iter()
        .map(|attribute| written(attribute, attribute.args, [OVERRIDABLE]));
    expanded.extend(quote!(#head #(#all)* #tokens));
}

/// `#[event_core::trigger_event(…)]`.
fn written<'a>(
    attribute: &BlockAttribute<'_>,
    args: &TriggerArgs,
    flags: impl IntoIterator<Item = &'a str>,
) -> TokenStream {
    let mut args = args.clone();
    for flag in flags {
        if !args.options.iter().any(|option| option.key == flag) {
            args.options.push(Setting::flag(flag));
        }
    }
    let krate = &attribute.krate;
    quote!(#[#krate::trigger_event(#args)])
}

/// The arguments for one function.
///
/// `skip(…)` and `redact(…)` keep the names that the function has, and are removed if it has none.
/// `ret` and `err` are removed if
/// the function's return type rules them out.
fn args_for(attribute: &BlockAttribute<'_>, function: Option<&Function>) -> TriggerArgs {
    let args = attribute.args;
    let Some(function) = function else {
        return args.clone();
    };
    let names = function.bindings();
    let output = &function.sig.output;
    let mut options = Vec::new();
    for option in &args.options {
        let mut option = option.clone();
        if let SettingValue::Names(listed) = &mut option.value {
            listed.retain(|name| names.contains(&name));
            if listed.is_empty() {
                continue; // an error in the attribute of a function
            }
        }
        let is_possible = match option.key.to_string().as_str() {
            "ret" | BLOCK_RET => !returns_impl_fn(output),
            "err" | BLOCK_ERR => may_return_result(output),
            _ => true,
        };
        if option.key == "err" && !matches!(attribute.demand, Demand::OfOnly) {
            option.key = Ident::new(BLOCK_ERR, option.key.span());
        }
        if option.key == "ret" && matches!(option.value, SettingValue::Format(Format::Display(_))) {
            option.key = Ident::new(BLOCK_RET, option.key.span());
        }
        if is_possible {
            options.push(option);
        }
    }
    TriggerArgs {
        kind: args.kind.clone(),
        options,
    }
}
