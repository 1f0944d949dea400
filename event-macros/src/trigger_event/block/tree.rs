//! The annotated block as a tree, whose leaves are the functions to annotate.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::{Error, parse2};

use super::items::{Item, ItemKind, braces, inner_attributes};
use crate::syntax::function::Function;
use crate::trigger_event::args::TriggerArgs;
use crate::trigger_event::attributes::Attributes;

/// A block and the attributes on it.
pub(crate) struct AnnotatedBlock {
    /// The arguments of each `#[trigger_event]` on the block, outermost first.
    pub(crate) attributes: Vec<TriggerArgs>,
    pub(crate) nodes: Vec<Node>,
}

/// Some tokens of a block.
pub(crate) enum Node {
    /// Tokens that stay as they are.
    Verbatim(TokenStream),
    /// A function to annotate.
    Function(Box<FunctionNode>),
    /// The content of braces or of an invisible group.
    Group(Group, Vec<Node>),
}

/// A function that gets the attributes of the block.
pub(crate) struct FunctionNode {
    pub(crate) tokens: TokenStream,
    /// `None` if it does not parse. The compiler reports that later.
    pub(crate) function: Option<Function>,
    /// Whether a `cfg_attr` may add an attribute to it, which then replaces the block's.
    pub(crate) conditional: bool,
}

impl AnnotatedBlock {
    /// Parses the arguments of the attributes, and finds the functions in the block.
    pub(crate) fn parse(args: TokenStream, block: TokenStream) -> Result<Self, Error> {
        let mut parsed = Self {
            attributes: vec![parse2(args)?],
            nodes: Vec::new(),
        };
        let tokens: Vec<TokenTree> = block.into_iter().collect();
        if let Some(item) = Item::next(&tokens) {
            let attributes = Attributes::new(item.attributes());
            for attribute in attributes.triggers {
                parsed.attributes.push(attribute.parse_args()?);
            }
            parsed.nodes.push(Node::Verbatim(attributes.others));
            add_body(&item, &mut parsed.nodes);
        }
        Ok(parsed)
    }

    /// All functions to annotate.
    pub(crate) fn functions(&self) -> Vec<&Function> {
        let mut functions = Vec::new();
        collect_functions(&self.nodes, &mut functions);
        functions
    }
}

fn collect_functions<'a>(nodes: &'a [Node], functions: &mut Vec<&'a Function>) {
    for node in nodes {
        match node {
            Node::Verbatim(_) => {}
            Node::Function(node) => functions.extend(&node.function),
            Node::Group(_, inside) => collect_functions(inside, functions),
        }
    }
}

/// Adds a block without its attributes.
fn add_body(item: &Item<'_>, nodes: &mut Vec<Node>) {
    let Some((body, head)) = item.without_attributes().split_last() else {
        return;
    };
    nodes.push(Node::Verbatim(head.iter().cloned().collect()));
    let mut group = Group::new(Delimiter::Brace, TokenStream::new());
    group.set_span(body.span());
    let items = read_items(braces(body).unwrap_or_default());
    nodes.push(Node::Group(group, items));
}

fn read_items(items: TokenStream) -> Vec<Node> {
    let tokens: Vec<TokenTree> = items.into_iter().collect();
    let (inner, mut rest) = tokens.split_at(inner_attributes(&tokens));
    let mut nodes = vec![Node::Verbatim(inner.iter().cloned().collect())];
    while let Some(item) = Item::next(rest) {
        rest = &rest[item.tokens.len()..];
        match item.kind {
            ItemKind::Function => add_function(&item, &mut nodes),
            ItemKind::Block => add_block(&item, &mut nodes),
            ItemKind::Group => add_group(&item, &mut nodes),
            ItemKind::Other => nodes.push(Node::Verbatim(item.to_stream())),
        }
    }
    nodes
}

fn add_function(item: &Item<'_>, nodes: &mut Vec<Node>) {
    let attributes = Attributes::new(item.attributes());
    if attributes.has_skip() {
        add_skipped(attributes, item, nodes);
    } else if !attributes.triggers.is_empty() {
        nodes.push(Node::Verbatim(item.to_stream()));
    } else {
        nodes.push(Node::Function(Box::new(FunctionNode {
            tokens: item.to_stream(),
            function: Function::read(item.to_stream()).ok(),
            conditional: attributes.conditional,
        })));
    }
}

fn add_block(item: &Item<'_>, nodes: &mut Vec<Node>) {
    let attributes = Attributes::new(item.attributes());
    if attributes.has_skip() {
        add_skipped(attributes, item, nodes);
    } else if !attributes.triggers.is_empty() || attributes.conditional {
        nodes.push(Node::Verbatim(item.to_stream()));
    } else {
        nodes.push(Node::Verbatim(attributes.others));
        add_body(item, nodes);
    }
}

/// Adds an item without its `#[trigger_event(skip)]`.
fn add_skipped(attributes: Attributes, item: &Item<'_>, nodes: &mut Vec<Node>) {
    let rest = item.without_attributes().iter().cloned();
    nodes.push(Node::Verbatim(attributes.others));
    nodes.push(Node::Verbatim(rest.collect()));
}

fn add_group(item: &Item<'_>, nodes: &mut Vec<Node>) {
    if let [TokenTree::Group(group)] = item.tokens {
        let empty = Group::new(Delimiter::None, TokenStream::new());
        nodes.push(Node::Group(empty, read_items(group.stream())));
    }
}
