//! Return types: those that need care, as futures, which are timed in place of the call, and closures;
//! and how one is named where `impl Trait` cannot be.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{
    GenericArgument, PathArguments, PathSegment, ReturnType, Type, TypeParamBound,
    punctuated::Punctuated, token,
};

/// A return type that is a future.
pub(crate) struct ReturnedFuture {
    /// Whether it is in a `Pin<Box<…>>`.
    pub(crate) boxed: bool,
    /// The type of the future's value, where it is written and can be named.
    pub(crate) output: Option<Type>,
    /// Whether that is the output for certain.
    pub(crate) sure: bool,
}

type Bounds = Punctuated<TypeParamBound, token::Plus>;

impl ReturnedFuture {
    /// Reads `impl Future<…> + …`, `Pin<Box<dyn Future<…> + …>>`, and `BoxFuture<…>`, as the
    /// `futures` crate calls the latter.
    pub(crate) fn new(output: &ReturnType) -> Option<Self> {
        let ReturnType::Type(_, output) = output else {
            return None;
        };
        match peeled(output) {
            Type::ImplTrait(output) => Self::of_bounds(&output.bounds, false),
            Type::Path(output) => {
                let last = output.path.segments.last()?;
                match last.ident.to_string().as_str() {
                    "Pin" => Self::of_box(last_type_argument(last)?),
                    // Its last argument may be the output, or that of an alias of the user's.
                    "BoxFuture" | "LocalBoxFuture" => Some(Self {
                        boxed: true,
                        output: last_type_argument(last).cloned(),
                        sure: false,
                    }),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn of_box(within: &Type) -> Option<Self> {
        let Type::Path(within) = peeled(within) else {
            return None;
        };
        let last = within
            .path
            .segments
            .last()
            .filter(|last| last.ident == "Box")?;
        match peeled(last_type_argument(last)?) {
            Type::TraitObject(object) => Self::of_bounds(&object.bounds, true),
            _ => None,
        }
    }

    fn of_bounds(bounds: &Bounds, boxed: bool) -> Option<Self> {
        let mut future = None;
        for bound in bounds {
            match bound {
                TypeParamBound::Trait(bound) => {
                    let last = bound.path.segments.last()?;
                    match last.ident.to_string().as_str() {
                        "Future" => future = Some(last),
                        "Send" | "Sync" | "Unpin" => {}
                        // What the wrapper cannot be, such as `Clone`.
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
            sure: true,
        })
    }
}

/// The type without parentheses, and without the invisible group that a macro's `$t:ty` makes.
pub(crate) fn peeled(mut one: &Type) -> &Type {
    loop {
        one = match one {
            Type::Paren(paren) => &paren.elem,
            Type::Group(group) => &group.elem,
            _ => return one,
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
            GenericArgument::Type(one) => Some(one),
            _ => None,
        })
}

/// `T` of `Future<Output = T>`, unless there is an `impl Trait` in it.
fn future_output(future: &PathSegment) -> Option<Type> {
    let PathArguments::AngleBracketed(arguments) = &future.arguments else {
        return None;
    };
    let output = arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::AssocType(assoc) if assoc.ident == "Output" => Some(&assoc.ty),
        _ => None,
    });
    let nameable = |output: &&Type| {
        let mut words = output.to_token_stream().into_iter();
        !words.any(|word| matches!(word, proc_macro2::TokenTree::Ident(word) if word == "impl"))
    };
    output.filter(nameable).cloned()
}

/// Whether the value is, or holds, an `impl Fn(…)`: a closure, whose signature the compiler takes
/// from the type it is returned as.
pub(crate) fn returns_impl_fn(output: &ReturnType) -> bool {
    matches!(output, ReturnType::Type(_, output) if is_impl_fn(output))
}

fn is_impl_fn(output: &Type) -> bool {
    let in_arguments = |arguments: &PathArguments| match arguments {
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
        Type::Path(output) => output
            .path
            .segments
            .iter()
            .any(|it| in_arguments(&it.arguments)),
        Type::Tuple(output) => output.elems.iter().any(is_impl_fn),
        Type::Paren(output) => is_impl_fn(&output.elem),
        Type::Group(output) => is_impl_fn(&output.elem),
        _ => false,
    }
}

/// Whether the function never returns.
pub(crate) fn is_never(output: &ReturnType) -> bool {
    matches!(output, ReturnType::Type(_, output) if matches!(**output, Type::Never(_)))
}

/// The return type, with `_` where it cannot be named.
pub(crate) fn named_output(output: &ReturnType) -> TokenStream {
    match output {
        ReturnType::Default => quote!(()),
        ReturnType::Type(_, output) => nameable(output),
    }
}

/// The type with `_` for each `impl Trait` in it.
fn nameable(output: &Type) -> TokenStream {
    let mut output = output.clone();
    infer(&mut output);
    quote!(#output)
}

/// Puts `_` in place of each `impl Trait`, wherever one may stand.
fn infer(one: &mut Type) {
    match one {
        Type::ImplTrait(_) => *one = syn::parse_quote!(_),
        Type::Array(one) => infer(&mut one.elem),
        Type::Group(one) => infer(&mut one.elem),
        Type::Paren(one) => infer(&mut one.elem),
        Type::Ptr(one) => infer(&mut one.elem),
        Type::Reference(one) => infer(&mut one.elem),
        Type::Slice(one) => infer(&mut one.elem),
        Type::Tuple(one) => one.elems.iter_mut().for_each(infer),
        Type::Path(one) => one.path.segments.iter_mut().for_each(infer_arguments),
        Type::TraitObject(one) => {
            for bound in &mut one.bounds {
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
                GenericArgument::Type(one) => infer(one),
                GenericArgument::AssocType(assoc) => infer(&mut assoc.ty),
                _ => {}
            }
        }
    }
}
