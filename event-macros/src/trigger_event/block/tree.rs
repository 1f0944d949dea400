//! The annotated block as a tree, whose leaves are the functions to annotate.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::{Error, Path, parse2};

use super::items::{Item, ItemKind, braces, inner_attributes};
use crate::syntax::function::Function;
use crate::trigger_event::args::TriggerArgs;
use crate::trigger_event::attributes::{
    Attributes, is_explicit, is_of_outer_block, take_attributes,
};
use crate::trigger_event::expand::origin::Origin;

/// A block and the attributes on it.
pub(crate) struct AnnotatedBlock {
    /// The arguments of each `#[trigger_event]` on the block, outermost first.
    pub(crate) attributes: Vec<TriggerArgs>,
    pub(crate) nodes: Vec<Node>,
    /// Whether a block around this one has annotated a function in it, so that the attributes of
    /// this one come too late.
    pub(crate) is_annotated: bool,
}

/// Some tokens of a block.
pub(crate) enum Node {
    /// Tokens that stay as they are.
    Verbatim(TokenStream),
    /// A function to annotate.
    Function(Box<FunctionNode>),
    /// A function that has attributes of its own.
    Own(Box<OwnNode>),
    /// A block to which the attributes are passed on.
    Renamed(Box<RenamedBlock>),
    /// The content of braces or of an invisible group.
    Group(Group, Vec<Node>),
}

/// A function that gets the attributes of the block.
pub(crate) struct FunctionNode {
    /// Its outer attributes.
    pub(crate) head: TokenStream,
    /// The function without its outer attributes.
    pub(crate) tokens: TokenStream,
    /// `None` if it does not parse. The compiler reports that later.
    pub(crate) function: Option<Function>,
    pub(crate) placement: Placement,
    pub(crate) origin: Origin,
    /// Whether it must stay an `async fn` if it is one.
    pub(crate) keeps_async: bool,
}

/// A function to annotate, where it parses.
#[derive(Clone, Copy)]
pub(crate) struct BlockFunction<'a> {
    pub(crate) function: &'a Function,
    pub(crate) node: &'a FunctionNode,
    /// The innermost braces around it.
    pub(crate) siblings: &'a [Node],
}

/// A function whose own attributes the block expands.
pub(crate) struct OwnNode {
    /// The arguments of each of these attributes, outermost first.
    pub(crate) attributes: Vec<TriggerArgs>,
    /// Their paths.
    pub(crate) paths: Vec<Path>,
    /// The function without these attributes.
    pub(crate) function: Function,
    /// As in [`FunctionNode`].
    pub(crate) keeps_async: bool,
    /// All its tokens.
    pub(crate) tokens: TokenStream,
}

/// Where a function gets the attributes of the block.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Placement {
    /// The block expands the function, and leaves no attribute on it.
    InPlace,
    /// Above its attributes, which are then expanded later.
    First,
    /// Below its attributes. One of them may be this macro under another name, and then removes
    /// those of the block.
    Last,
}

/// An inner block, one of whose attributes may be this macro under another name.
pub(crate) struct RenamedBlock {
    /// Its outer attributes.
    pub(crate) head: TokenStream,
    /// The block without its outer attributes.
    pub(crate) tokens: TokenStream,
}

impl AnnotatedBlock {
    /// Parses the arguments of the attributes, and finds the functions in the block.
    pub(crate) fn parse(args: TokenStream, block: TokenStream) -> Result<Self, Error> {
        let first: TriggerArgs = parse2(args)?;
        let mut parsed = Self {
            attributes: Vec::new(),
            nodes: Vec::new(),
            is_annotated: false,
        };
        let tokens: Vec<TokenTree> = block.into_iter().collect();
        if let Some(item) = Item::next(&tokens) {
            let attributes = Attributes::new(item.attributes());
            let overridable = first.is_overridable();
            let is_replaced = overridable && attributes.has_explicit();
            if !is_replaced {
                parsed.attributes.push(first);
            }
            for attribute in &attributes.triggers {
                if is_explicit(attribute) || (overridable && !is_replaced) {
                    parsed.attributes.push(TriggerArgs::of(attribute)?);
                }
            }
            let mut reader = Reader {
                around: Around::outermost(&attributes, &item),
                is_annotated: false,
                nodes: vec![Node::Verbatim(attributes.others)],
            };
            reader.add_body(&item);
            parsed.is_annotated = reader.is_annotated;
            parsed.nodes = reader.nodes;
        }
        Ok(parsed)
    }

    /// All functions to annotate.
    pub(crate) fn functions(&self) -> Vec<BlockFunction<'_>> {
        let mut functions = Vec::new();
        collect_functions(&self.nodes, &mut functions);
        functions
    }

    /// Whether a function or an inner block may have this attribute under another name.
    pub(crate) fn has_renamed(&self) -> bool {
        any_renamed(&self.nodes)
    }
}

fn is_trait(block: &Item<'_>) -> bool {
    let mut tokens = block.without_attributes().iter();
    tokens.any(|token| matches!(token, TokenTree::Ident(word) if word == "trait"))
}

fn any_renamed(nodes: &[Node]) -> bool {
    nodes.iter().any(|node| match node {
        Node::Verbatim(_) | Node::Own(_) => false,
        Node::Function(node) => node.placement == Placement::Last || node.function.is_none(),
        Node::Renamed(_) => true,
        Node::Group(_, inside) => any_renamed(inside),
    })
}

fn collect_functions<'a>(nodes: &'a [Node], functions: &mut Vec<BlockFunction<'a>>) {
    for node in nodes {
        match node {
            Node::Verbatim(_) | Node::Own(_) | Node::Renamed(_) => {}
            Node::Function(node) => {
                functions.extend(node.function.as_ref().map(|function| BlockFunction {
                    function,
                    node,
                    siblings: nodes,
                }));
            }
            Node::Group(_, inside) => collect_functions(inside, functions),
        }
    }
}

/// Reads the items of a block.
struct Reader {
    around: Around,
    /// As in [`AnnotatedBlock`].
    is_annotated: bool,
    nodes: Vec<Node>,
}

/// The blocks around an item: how their attributes influence its expansion.
#[derive(Clone, Copy)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each answers a question of its own"
)]
struct Around {
    /// Whether functions may be expanded in place. `#[async_trait]` needs them unexpanded.
    in_place: bool,
    /// Whether `#[trigger_event(skip)]` stays on functions, because another attribute of the block
    /// may be this macro too.
    keeps_skip: bool,
    /// Whether another macro may expand the block after this one. It must not see attributes on the
    /// functions. Otherwise these stay, so that an import of their name is used.
    any_macro: bool,
    /// Whether each `async fn` must stay one: in a trait, whose lints depend on it, or because
    /// another macro may demand it.
    keeps_async: bool,
    /// `Outer` in an inner block that may have this attribute under another name.
    origin: Origin,
}

impl Around {
    /// The annotated block itself.
    fn outermost(attributes: &Attributes, block: &Item<'_>) -> Self {
        Self {
            in_place: !attributes.any_async_trait,
            keeps_skip: attributes.any_renamed,
            any_macro: attributes.any_macro,
            keeps_async: attributes.any_macro || is_trait(block),
            origin: Origin::Direct,
        }
    }

    /// A block with `attributes` inside.
    fn inner(self, attributes: &Attributes, block: &Item<'_>) -> Self {
        let block = Self::outermost(attributes, block);
        Self {
            in_place: self.in_place && block.in_place,
            keeps_skip: self.keeps_skip || block.keeps_skip,
            any_macro: self.any_macro || block.any_macro,
            keeps_async: self.keeps_async || block.keeps_async,
            origin: if attributes.any_renamed_word {
                Origin::Outer
            } else {
                self.origin
            },
        }
    }
}

impl Reader {
    /// Adds a block without its attributes.
    fn add_body(&mut self, item: &Item<'_>) {
        let Some((body, head)) = item.without_attributes().split_last() else {
            return;
        };
        self.nodes
            .push(Node::Verbatim(head.iter().cloned().collect()));
        let mut group = Group::new(Delimiter::Brace, TokenStream::new());
        group.set_span(body.span());
        let items = self.read_items(braces(body).unwrap_or_default());
        self.nodes.push(Node::Group(group, items));
    }

    fn read_items(&mut self, items: TokenStream) -> Vec<Node> {
        let tokens: Vec<TokenTree> = items.into_iter().collect();
        let (inner, mut rest) = tokens.split_at(inner_attributes(&tokens));
        let mut inside = Self {
            around: self.around,
            is_annotated: false,
            nodes: vec![Node::Verbatim(inner.iter().cloned().collect())],
        };
        while let Some(item) = Item::next(rest) {
            rest = &rest[item.tokens.len()..];
            match item.kind {
                ItemKind::Function => inside.add_function(&item),
                ItemKind::Block => inside.add_block(&item),
                ItemKind::Group => inside.add_group(&item),
                ItemKind::Other => inside.add_verbatim(&item),
            }
        }
        self.is_annotated |= inside.is_annotated;
        inside.nodes
    }

    fn add_function(&mut self, item: &Item<'_>) {
        let attributes = Attributes::new(item.attributes());
        if attributes.has_skip() {
            return self.add_skipped(attributes, item);
        }
        let placement = if attributes.any_renamed || attributes.any_renamed_word {
            Placement::Last
        } else if attributes.any_cfg_attr || !self.around.in_place {
            Placement::First
        } else {
            Placement::InPlace
        };
        if attributes.has_explicit() {
            return self.add_own(&attributes, placement, item);
        }
        let function = Function::read(item.to_stream()).ok();
        let body = function.as_ref().map(|function| function.body.clone());
        match body.and_then(Origin::of_expanded) {
            Some(Origin::Own) => return self.add_verbatim(item),
            Some(Origin::Outer) => self.is_annotated = true,
            Some(Origin::Direct) | None => {
                self.is_annotated |= attributes.triggers.iter().any(is_of_outer_block);
            }
        }
        self.nodes.push(Node::Function(Box::new(FunctionNode {
            head: item.attributes().iter().cloned().collect(),
            tokens: item.without_attributes().iter().cloned().collect(),
            function,
            placement,
            origin: self.around.origin,
            keeps_async: self.around.keeps_async,
        })));
    }

    /// Adds a function with attributes of its own, which stay on it if they are wrong.
    fn add_own(&mut self, attributes: &Attributes, placement: Placement, item: &Item<'_>) {
        if placement != Placement::InPlace || !self.around.any_macro {
            return self.add_verbatim(item);
        }
        let own = attributes.triggers.iter().filter(|it| is_explicit(it));
        let paths = own.clone().map(|attribute| attribute.path().clone());
        let args: syn::Result<Vec<TriggerArgs>> = own.map(TriggerArgs::of).collect();
        let (Ok(args), Ok(mut function)) = (args, Function::read(item.to_stream())) else {
            return self.add_verbatim(item);
        };
        take_attributes(&mut function.attrs);
        self.nodes.push(Node::Own(Box::new(OwnNode {
            attributes: args,
            paths: paths.collect(),
            function,
            keeps_async: self.around.keeps_async,
            tokens: item.to_stream(),
        })));
    }

    fn add_block(&mut self, item: &Item<'_>) {
        let attributes = Attributes::new(item.attributes());
        if attributes.has_skip() {
            self.add_skipped(attributes, item);
        } else if attributes.has_explicit() {
            self.add_verbatim(item);
        } else if attributes.any_renamed_block {
            self.nodes.push(Node::Renamed(Box::new(RenamedBlock {
                head: item.attributes().iter().cloned().collect(),
                tokens: item.without_attributes().iter().cloned().collect(),
            })));
        } else {
            let around = self.around.inner(&attributes, item);
            self.nodes.push(Node::Verbatim(attributes.others));
            let mut inside = Self {
                around,
                is_annotated: self.is_annotated,
                nodes: std::mem::take(&mut self.nodes),
            };
            inside.add_body(item);
            self.is_annotated = inside.is_annotated;
            self.nodes = inside.nodes;
        }
    }

    /// Adds an item without its `#[trigger_event(skip)]`.
    fn add_skipped(&mut self, attributes: Attributes, item: &Item<'_>) {
        if self.around.keeps_skip || !self.around.any_macro {
            return self.add_verbatim(item);
        }
        let rest = item.without_attributes().iter().cloned();
        self.nodes.push(Node::Verbatim(attributes.others));
        self.nodes.push(Node::Verbatim(rest.collect()));
    }

    fn add_verbatim(&mut self, item: &Item<'_>) {
        self.nodes.push(Node::Verbatim(item.to_stream()));
    }

    fn add_group(&mut self, item: &Item<'_>) {
        if let [TokenTree::Group(group)] = item.tokens {
            let empty = Group::new(Delimiter::None, TokenStream::new());
            let items = self.read_items(group.stream());
            self.nodes.push(Node::Group(empty, items));
        }
    }
}
