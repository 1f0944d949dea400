//! Return types: which of them are futures or closures, and how to write them in a `let`.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{
    GenericArgument, PathArguments, PathSegment, ReturnType, Signature, Type, TypeParamBound,
    punctuated::Punctuated, token,
};

use super::words::any_word;

/// A return type that is a future.
pub(crate) struct ReturnedFuture {
    /// Whether the type is a `Pin<Box<…>>`.
    pub(crate) boxed: bool,
    /// The type of the future's value, if it is written and contains no `impl Trait`.
    pub(crate) output: Option<Type>,
}

type Bounds = Punctuated<TypeParamBound, token::Plus>;

impl ReturnedFuture {
    /// Recognises `impl Future<…> + …`, `Pin<Box<dyn Future<…> + …>>` and `BoxFuture<…>`, which is
    /// in the `futures` crate.
    pub(crate) fn new(output: &ReturnType) -> Option<Self> {
        let ReturnType::Type(_, output) = output else {
            return None;
        };
        match peel(output) {
            Type::ImplTrait(output) => Self::from_bounds(&output.bounds, false),
            Type::Path(output) => {
                let last = output.path.segments.last()?;
                match last.ident.to_string().as_str() {
                    "Pin" => Self::from_box(last_type_argument(last)?),
                    // The last argument is the output, unless the user has an alias of this name.
                    "BoxFuture" | "LocalBoxFuture" => Some(Self {
                        boxed: true,
                        output: last_type_argument(last).cloned(),
                    }),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn from_box(within: &Type) -> Option<Self> {
        let Type::Path(within) = peel(within) else {
            return None;
        };
        let last = within
            .path
            .segments
            .last()
            .filter(|last| last.ident == "Box")?;
        match peel(last_type_argument(last)?) {
            Type::TraitObject(object) => Self::from_bounds(&object.bounds, true),
            _ => None,
        }
    }

    fn from_bounds(bounds: &Bounds, boxed: bool) -> Option<Self> {
        let mut future = None;
        for bound in bounds {
            match bound {
                TypeParamBound::Trait(bound) => {
                    let last = bound.path.segments.last()?;
                    match last.ident.to_string().as_str() {
                        // A trait with other types is not the one of the standard library.
                        "Future" if !has_other_types(last) => future = Some(last),
                        "Send" | "Sync" | "Unpin" => {}
                        // The wrapping future does not implement other traits, such as `Clone`.
                        _ => return None,
                    }
                }
                TypeParamBound::Lifetime(_) | TypeParamBound::PreciseCapture(_) => {}
                _ => return None,
            }
        }
        Some(Self {
            boxed,
            output: future_output(future?),
        })
    }
}

/// Removes parentheses, and the invisible group of a macro's `$t:ty`.
pub(crate) fn peel(mut ty: &Type) -> &Type {
    loop {
        ty = match ty {
            Type::Paren(paren) => &paren.elem,
            Type::Group(group) => &group.elem,
            _ => return ty,
        };
    }
}

fn last_type_argument(segment: &PathSegment) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else {
        return None;
    };
    arguments
        .args
        .iter()
        .rev()
        .find_map(|argument| match argument {
            GenericArgument::Type(ty) => Some(ty),
            _ => None,
        })
}

/// The `T` in `Future<Output = T>`, unless it contains an `impl Trait`.
fn future_output(future: &PathSegment) -> Option<Type> {
    let PathArguments::AngleBracketed(arguments) = &future.arguments else {
        return None;
    };
    let output = arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::AssocType(assoc) if assoc.ident == "Output" => Some(&assoc.ty),
        _ => None,
    });
    let nameable = |output: &&Type| !has_impl(output.to_token_stream());
    output.filter(nameable).cloned()
}

/// Whether a trait's arguments name a type other than `Output`, as in
/// `Future<Item = T, Error = E>`.
fn has_other_types(future: &PathSegment) -> bool {
    let PathArguments::AngleBracketed(arguments) = &future.arguments else {
        return false;
    };
    let mut arguments = arguments.args.iter();
    arguments.any(|argument| match argument {
        GenericArgument::AssocType(assoc) => assoc.ident != "Output",
        _ => false,
    })
}

/// Whether the type is or contains an `impl Fn(…)`.
///
/// The compiler infers the signature of a returned closure from the declared return type. If the
/// body is a closure itself, its return type is `_`, and the lifetimes of the `Fn` are lost.
pub(crate) fn returns_impl_fn(output: &ReturnType) -> bool {
    matches!(output, ReturnType::Type(_, output) if is_impl_fn(output))
}

fn is_impl_fn(output: &Type) -> bool {
    let any_in = |arguments: &PathArguments| match arguments {
        PathArguments::AngleBracketed(arguments) => arguments.args.iter().any(
            |argument| matches!(argument, GenericArgument::Type(within) if is_impl_fn(within)),
        ),
        _ => false,
    };
    match output {
        Type::ImplTrait(output) => output.bounds.iter().any(|bound| match bound {
            TypeParamBound::Trait(bound) => bound
                .path
                .segments
                .iter()
                .any(|segment| matches!(segment.arguments, PathArguments::Parenthesized(_))),
            _ => false,
        }),
        Type::Path(output) => output.path.segments.iter().any(|it| any_in(&it.arguments)),
        Type::Tuple(output) => output.elems.iter().any(is_impl_fn),
        Type::Paren(output) => is_impl_fn(&output.elem),
        Type::Group(output) => is_impl_fn(&output.elem),
        _ => false,
    }
}

/// The parts of a returned value whose types are hidden by an `impl Trait`.
#[derive(Clone, Copy)]
pub(crate) struct OpaqueParts {
    pub(crate) value: bool,
    /// The error, if the value is a `Result`.
    pub(crate) error: bool,
}

impl OpaqueParts {
    pub(crate) fn new(sig: &Signature) -> Self {
        let future = match sig.asyncness {
            Some(_) => None,
            None => ReturnedFuture::new(&sig.output),
        };
        match (future, &sig.output) {
            (Some(future), _) => match &future.output {
                Some(output) => Self::of(output),
                None => Self {
                    value: true,
                    error: true,
                },
            },
            (None, ReturnType::Type(_, output)) => Self::of(output),
            (None, ReturnType::Default) => Self {
                value: false,
                error: false,
            },
        }
    }

    fn of(output: &Type) -> Self {
        let value = has_impl(output.to_token_stream());
        let error = match peel(output) {
            Type::Path(path) => {
                let last = path.path.segments.last().and_then(last_type_argument);
                last.is_none_or(|error| has_impl(error.to_token_stream()))
            }
            _ => true,
        };
        Self {
            value,
            error: value && error,
        }
    }
}

/// Whether the word `impl` is in a type or a signature.
pub(crate) fn has_impl(tokens: TokenStream) -> bool {
    any_word(tokens, &|word| word == "impl")
}

/// The value of a function, or of the future that it returns.
pub(crate) enum MaybeResult {
    /// It certainly is no `Result`.
    No,
    /// The attribute cannot see its type.
    Hidden,
    /// Only the type can tell, because a `Result` may have any name.
    Type(Box<Type>),
}

impl MaybeResult {
    pub(crate) fn new(output: &ReturnType) -> Self {
        let output = match (ReturnedFuture::new(output), output) {
            (Some(future), _) => match future.output {
                Some(output) => Box::new(output),
                None => return Self::Hidden,
            },
            (None, ReturnType::Type(_, output)) => output.clone(),
            (None, ReturnType::Default) => return Self::No,
        };
        if may_be_result(&output) {
            Self::Type(output)
        } else {
            Self::No
        }
    }
}

/// Whether a function, or the future that it returns, may return a `Result`.
pub(crate) fn may_return_result(output: &ReturnType) -> bool {
    !matches!(MaybeResult::new(output), MaybeResult::No)
}

/// Types that are no `Result`. A type of a library may have any name, and may be an alias.
const NO_RESULTS: [&str; 18] = [
    "String", "bool", "char", "f32", "f64", "i128", "i16", "i32", "i64", "i8", "isize", "str",
    "u128", "u16", "u32", "u64", "u8", "usize",
];

fn may_be_result(output: &Type) -> bool {
    match peel(output) {
        Type::Path(output) => !NO_RESULTS.iter().any(|name| output.path.is_ident(name)),
        Type::Macro(_) => true,
        _ => false,
    }
}

/// Whether the value of a function, or of the future that it returns, certainly is `()`.
pub(crate) fn returns_unit(output: &ReturnType) -> bool {
    let is_unit = |ty: &Type| matches!(peel(ty), Type::Tuple(tuple) if tuple.elems.is_empty());
    match (ReturnedFuture::new(output), output) {
        (Some(future), _) => future.output.as_ref().is_some_and(is_unit),
        (None, ReturnType::Type(_, output)) => is_unit(output),
        (None, ReturnType::Default) => true,
    }
}

/// Whether the function never returns.
pub(crate) fn is_never(output: &ReturnType) -> bool {
    matches!(output, ReturnType::Type(_, output) if matches!(**output, Type::Never(_)))
}

/// The return type for a `let` or a closure: `_` replaces each `impl Trait`.
pub(crate) fn named_output(output: &ReturnType) -> TokenStream {
    match output {
        ReturnType::Default => quote!(()),
        ReturnType::Type(_, output) => {
            let mut output = output.clone();
            infer(&mut output);
            quote!(#output)
        }
    }
}

/// Replaces each `impl Trait` in the type by `_`.
fn infer(ty: &mut Type) {
    match ty {
        Type::ImplTrait(_) => *ty = syn::parse_quote!(_),
        Type::Array(ty) => infer(&mut ty.elem),
        Type::Group(ty) => infer(&mut ty.elem),
        Type::Paren(ty) => infer(&mut ty.elem),
        Type::Ptr(ty) => infer(&mut ty.elem),
        Type::Reference(ty) => infer(&mut ty.elem),
        Type::Slice(ty) => infer(&mut ty.elem),
        Type::Tuple(ty) => ty.elems.iter_mut().for_each(infer),
        Type::Path(ty) => ty.path.segments.iter_mut().for_each(infer_arguments),
        Type::TraitObject(ty) => {
            for bound in &mut ty.bounds {
                if let TypeParamBound::Trait(bound) = bound {
                    bound.path.segments.iter_mut().for_each(infer_arguments);
                }
            }
        }
        _ => {}
    }
}

fn infer_arguments(segment: &mut PathSegment) {
    if let PathArguments::AngleBracketed(arguments) = &mut segment.arguments {
        for argument in &mut arguments.args {
            match argument {
                GenericArgument::Type(ty) => infer(ty),
                GenericArgument::AssocType(assoc) => infer(&mut assoc.ty),
                _ => {}
            }
        }
    }
}
