//! Outlining: a body is compiled as a function of its own, to which the annotated function jumps.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::{Attribute, FnArg, Receiver, ReceiverKind, ReturnType, Type};

use crate::syntax::function::Function;
use crate::syntax::return_type::peel;

/// The number of registers for arguments on the common platforms. Each holds one word.
const REGISTERS: usize = 6;

/// The number of tokens from which a body counts as long.
const LONG: usize = 32;

/// Where the body is compiled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Outline {
    /// In the function, and in the path of an enabled call. That is better for short bodies, which
    /// another call would slow down.
    No,
    /// In a closure, to which both jump.
    Closure,
    /// In a function of the runtime, which checks whether the call is enabled.
    ///
    /// A function that returns a value in memory can only jump as its first action, before the
    /// check. It cannot jump if an argument is in memory.
    Checked,
}

/// Returns where the body is compiled.
pub(crate) fn outline(function: &Function) -> Outline {
    let inputs = function.sig.inputs.iter().map(|input| match input {
        FnArg::Typed(input) => registers(&input.ty),
        FnArg::Receiver(receiver) => receiver_registers(receiver),
    });
    let output = match &function.sig.output {
        ReturnType::Default => Some(0),
        ReturnType::Type(_, output) => registers(output),
    };
    let Some(inputs) = inputs.sum::<Option<usize>>() else {
        return Outline::No;
    };
    if !is_long(&function.body) || function.attrs.iter().any(is_inline) {
        return Outline::No;
    }
    match output {
        Some(_) if inputs <= REGISTERS => Outline::Closure,
        // It passes the call site, and a pointer to the returned value.
        None if inputs + 2 <= REGISTERS => Outline::Checked,
        _ => Outline::No,
    }
}

/// As [`registers`], for `self`.
fn receiver_registers(receiver: &Receiver) -> Option<usize> {
    matches!(receiver.kind, ReceiverKind::Reference(..)).then_some(1)
}

fn is_inline(attr: &Attribute) -> bool {
    let is_never = || attr.parse_args::<Ident>().is_ok_and(|how| how == "never");
    attr.path().is_ident("inline") && !is_never()
}

/// How many registers a value of the type takes. `None` if it may be passed in memory.
fn registers(ty: &Type) -> Option<usize> {
    const PRIMITIVES: [&str; 16] = [
        "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16",
        "u32", "u64", "u128", "usize",
    ];
    match peel(ty) {
        // A reference to an alias of an unsized type takes two registers, but counts as one.
        Type::Reference(ty) => Some(if is_unsized(&ty.elem) { 2 } else { 1 }),
        Type::Ptr(ty) => Some(if is_unsized(&ty.elem) { 2 } else { 1 }),
        Type::Never(_) => Some(0),
        Type::Tuple(tuple) => tuple.elems.is_empty().then_some(0),
        Type::Path(path) => {
            let name = path.path.get_ident()?.to_string();
            let count = if name.ends_with("128") { 2 } else { 1 };
            PRIMITIVES.contains(&&*name).then_some(count)
        }
        _ => None,
    }
}

fn is_unsized(ty: &Type) -> bool {
    match peel(ty) {
        Type::Slice(_) | Type::TraitObject(_) => true,
        Type::Path(path) => path.path.is_ident("str"),
        _ => false,
    }
}

/// Whether the body is so long that one more call has no measurable cost.
fn is_long(body: &TokenStream) -> bool {
    has_loop_or_many_tokens(body.clone(), &mut LONG.clone())
}

fn has_loop_or_many_tokens(tokens: TokenStream, left: &mut usize) -> bool {
    tokens.into_iter().any(|token| {
        *left = left.saturating_sub(1);
        let has_loop = match token {
            TokenTree::Group(group) => has_loop_or_many_tokens(group.stream(), left),
            TokenTree::Ident(word) => matches!(&*word.to_string(), "for" | "while" | "loop"),
            _ => false,
        };
        has_loop || *left == 0
    })
}
