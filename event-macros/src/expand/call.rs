//! Calls: a function whose body is a closure, which is called in the scope.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{format_ident, quote, quote_spanned};
use syn::{FnArg, ReturnType, Type};

use super::One;
use crate::arguments::{is_unused, quiet};
use crate::capture::values;
use crate::check::Source;
use crate::inspect;
use crate::returned::peeled;
use crate::target::Function;

impl One<'_> {
    /// A function whose arguments are passed to its body one by one.
    pub(super) fn expand_call(&self) -> TokenStream {
        let (private, passed) = (self.private(), self.arguments.len());
        let parameters = self.parameters();
        let body = self.closure_body(if self.rebinds() { 0 } else { passed });
        let (renamed, arguments) = self.arguments_in_use();
        let is_method = self.function.has_self();
        let body = if is_method {
            quote_spanned!(Span::mixed_site()=> move |#parameters| #body)
        } else {
            let apart = stands_apart(self.function).then(|| quote!(#[inline(never)]));
            quote_spanned!(Span::mixed_site()=> #apart |#parameters| #body)
        };
        let heard = quote_spanned!(Span::mixed_site()=> site.may_be_heard());
        let form = if is_method { "method" } else { "call" };
        if self.captures_all() {
            let call = format_ident!("{form}_{passed}", span = Span::mixed_site());
            let how = arguments.iter();
            let how = quote!(#(#private::argument(&#how).how(),)*);
            let rest = if is_method {
                quote!(#body, #(#arguments,)*)
            } else {
                quote!(#(#arguments,)* #body,)
            };
            return quote_spanned! {Span::mixed_site()=>
                #renamed
                #private::#call(#heard, #how #rest site)
            };
        }
        let call = format_ident!("{form}_with_{passed}", span = Span::mixed_site());
        let values = values(self.checked, self.arguments, true);
        let inspect = inspect::call(self.checked);
        // One that nothing is captured of is not named.
        let references = arguments.iter().map(|name| {
            if self.checked.fields.is_empty() {
                quote!(_)
            } else {
                quote!(#[allow(unused_variables)] #name)
            }
        });
        quote_spanned! {Span::mixed_site()=>
            #private::#call(
                #heard, #(#arguments,)* #body, |#(#references),*| #values, #inspect,
                site,
            )
        }
    }

    /// The arguments by names that may be used, and what gives such names to those that say that they
    /// are not.
    fn arguments_in_use(&self) -> (TokenStream, Vec<Ident>) {
        let (mut renamed, mut names) = (TokenStream::new(), Vec::new());
        for (place, name) in self.arguments.names().enumerate() {
            if is_unused(name) {
                let used = format_ident!("argument_{place}", span = Span::mixed_site());
                let quiet = quiet();
                renamed.extend(quote!(#quiet let #used = #name;));
                names.push(used);
            } else {
                names.push(name.clone());
            }
        }
        (renamed, names)
    }

    /// Whether each argument is captured as it is, and nothing else is said.
    pub(super) fn captures_all(&self) -> bool {
        let fields = &self.checked.fields;
        let captured = fields.iter().map(|field| match &field.value {
            Source::Argument(name) => self.arguments.whole(name),
            _ => None,
        });
        !self.checked.ret
            && self.checked.err.is_none()
            && captured.eq(self.arguments.names().map(Some))
    }

    /// A function of whose arguments `data(…)` makes something.
    pub(super) fn expand_captured(&self) -> TokenStream {
        let private = self.private();
        let (quiet, values) = (quiet(), self.values());
        let body = self.closure_body(0);
        let inspect = inspect::call(self.checked);
        quote_spanned! {Span::mixed_site()=>
            #quiet
            let captured = if site.may_be_heard() {
                site.collect(|| #values)
            } else {
                ::core::option::Option::None
            };
            let run = #private::once(move || #body);
            match captured {
                ::core::option::Option::None => run(),
                ::core::option::Option::Some(captured) => {
                    site.call_captured(captured, #private::Body(run), #inspect)
                }
            }
        }
    }

    /// Whether the body makes locals of what is passed to it: a `mut` argument of an `async fn` may come to
    /// borrow from the body.
    fn rebinds(&self) -> bool {
        self.function.sig.asyncness.is_some() && self.arguments.any_mut()
    }

    /// What the body's closure has for parameters.
    fn parameters(&self) -> TokenStream {
        if self.innermost && !self.rebinds() {
            let parameters = self.arguments.parameters();
            quote!(#(#parameters),*)
        } else {
            let names = self.arguments.names();
            quote!(#(#names),*)
        }
    }
}

/// Whether the body is to be compiled once, apart from the function, which jumps to it.
///
/// Left to itself, the compiler puts a small body into the function, and once more where a call that is
/// heard ends up. That is right for a few operations, which a call would slow down. It must not be
/// where a value is returned or passed in memory: the function could not jump then.
fn stands_apart(function: &Function) -> bool {
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
