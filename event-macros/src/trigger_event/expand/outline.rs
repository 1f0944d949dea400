//! Outlining: whether a body is compiled as a function of its own, to which the annotated one jumps.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::{FnArg, ReturnType, Type};

use crate::syntax::function::Function;
use crate::syntax::return_type::peeled;

/// Whether the body is to be compiled once, apart from the function, which jumps to it.
///
/// Left to itself, the compiler puts a small body into the function, and once more where a call that is
/// heard ends up. That is right for a few operations, which a call would slow down. It must not be
/// where a value is returned or passed in memory: the function could not jump then.
pub(crate) fn is_outlined(function: &Function) -> bool {
    let is_inline = |attr: &syn::Attribute| {
        let never = || attr.parse_args::<Ident>().is_ok_and(|how| how == "never");
        attr.path().is_ident("inline") && !never()
    };
    let output = match &function.sig.output {
        ReturnType::Default => Some(0),
        ReturnType::Type(_, output) => words(output),
    };
    let inputs = function.sig.inputs.iter().map(|input| match input {
        FnArg::Typed(input) => words(&input.ty),
        FnArg::Receiver(_) => None,
    });
    let inputs = inputs.sum::<Option<usize>>();
    output.is_some()
        && inputs.is_some_and(|words| words <= REGISTERS)
        && is_long(&function.body)
        && !function.attrs.iter().any(is_inline)
}

/// How many words there is room for in the registers for arguments, on the systems in use.
const REGISTERS: usize = 6;

/// How many words of registers a value of a type takes, if it is in registers for certain.
fn words(one: &Type) -> Option<usize> {
    const PRIMITIVES: [&str; 16] = [
        "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16",
        "u32", "u64", "u128", "usize",
    ];
    match peeled(one) {
        // Of one that only an alias says is unsized there may be two.
        Type::Reference(one) => Some(if is_unsized(&one.elem) { 2 } else { 1 }),
        Type::Ptr(one) => Some(if is_unsized(&one.elem) { 2 } else { 1 }),
        Type::Never(_) => Some(0),
        Type::Tuple(tuple) => tuple.elems.is_empty().then_some(0),
        Type::Path(path) => {
            let name = path.path.get_ident()?.to_string();
            let wide = name.ends_with("128");
            PRIMITIVES
                .contains(&&*name)
                .then_some(if wide { 2 } else { 1 })
        }
        _ => None,
    }
}

fn is_unsized(one: &Type) -> bool {
    match peeled(one) {
        Type::Slice(_) | Type::TraitObject(_) => true,
        Type::Path(path) => path.path.is_ident("str"),
        _ => false,
    }
}

/// Whether a call more makes no difference to the time that a body takes.
fn is_long(body: &TokenStream) -> bool {
    /// A few operations have fewer tokens.
    const FEW: usize = 32;

    fn count(tokens: TokenStream, left: &mut usize) -> bool {
        tokens.into_iter().any(|token| {
            *left = left.saturating_sub(1);
            let loops = match token {
                TokenTree::Group(group) => count(group.stream(), left),
                TokenTree::Ident(word) => {
                    matches!(&*word.to_string(), "for" | "while" | "loop")
                }
                _ => false,
            };
            loops || *left == 0
        })
    }

    count(body.clone(), &mut FEW.clone())
}
