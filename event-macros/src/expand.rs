//! The expansion of `#[trigger_event]`, which cannot fail, and which of its four forms a function
//! needs.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{FnArg, ReturnType, Type};

use crate::arguments::{Arguments, quiet};
use crate::capture::{keys, private, values};
use crate::check::{Checked, Kind, Source};
use crate::returned::{ReturnedFuture, is_never, named_output, peeled, returns_impl_fn};
use crate::target::Function;
use crate::{exits, inspect};

// Input:
//
//     fn f(x: T) -> R { body }
//
// Output:
//
//     fn f(x: T) -> R {
//         let site = {
//             static EVENT_CORE_SITE: Site = Site::new(KIND, "f", …, &["x"]);
//             &EVENT_CORE_SITE
//         };
//         call_1(site.may_be_heard(), argument(&x).how(), x, |x| -> R { body }, site)
//     }
//
// Arguments are passed one by one, so that they stay in registers and a call that nobody hears needs no
// stack for them. The body captures nothing, so that what is behind `call_1` is compiled once for
// all functions with these types. A method's body captures `self`, and goes to `method_1`; a function
// that skips arguments or looks at what is returned goes to `call_with_1`.
//
// Where `data(…)` looks at the arguments, the body captures them:
//
//         let captured = if site.may_be_heard() { site.collect(|| […]) } else { None };
//         let run = once(move || -> R { let x = x; … });
//         match captured {
//             None => run(),
//             Some(captured) => site.call_captured(captured, Body(run), unseen),
//         }
//
// An `async fn` awaits its body in the scope instead, and where the body must not be in a closure
// a guard stands before it.
//
// Of several attributes the first is the outermost scope; only the last makes the arguments locals.
pub(crate) fn expand(attributes: &[Checked], mut function: Function) -> Function {
    let arguments = Arguments::new(&mut function.sig, attributes);
    let mut innermost = true;
    for checked in attributes.iter().rev() {
        let one = One {
            checked,
            function: &function,
            arguments: &arguments,
            innermost,
        };
        function.body = one.expand();
        innermost = false;
    }
    function
}

/// One attribute on a function, whose body has those behind it.
struct One<'a> {
    checked: &'a Checked,
    function: &'a Function,
    arguments: &'a Arguments,
    innermost: bool,
}

impl One<'_> {
    fn expand(&self) -> TokenStream {
        let output = &self.function.sig.output;
        let body = match ReturnedFuture::new(output) {
            _ if self.function.sig.asyncness.is_some() => self.expand_async(),
            Some(future) => self.expand_returned(&future),
            None if needs_guard(self.function) => self.expand_guard(),
            None if self.arguments.asks() => self.expand_captured(),
            None => self.expand_call(),
        };
        let site = self.site();
        quote_spanned!(Span::mixed_site()=> let site = #site; #body)
    }

    fn private(&self) -> TokenStream {
        private(self.checked)
    }

    /// What makes the arguments locals of the body, but for those that are passed to it.
    fn rebound(&self, passed: usize) -> TokenStream {
        if self.innermost {
            self.arguments.rebound(passed)
        } else {
            TokenStream::new()
        }
    }

    /// `[Value, …]` of the arguments, which are at hand by their names.
    fn values(&self) -> TokenStream {
        values(self.checked, self.arguments, false)
    }

    /// A function whose arguments are passed to its body one by one.
    fn expand_call(&self) -> TokenStream {
        let (private, passed) = (self.private(), self.arguments.len());
        let parameters = self.parameters();
        let body = self.closure_body(passed);
        let arguments: Vec<&Ident> = self.arguments.names().collect();
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

    /// Whether each argument is captured as it is, and nothing else is said.
    fn captures_all(&self) -> bool {
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
    fn expand_captured(&self) -> TokenStream {
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

    /// What the body's closure has for parameters.
    fn parameters(&self) -> TokenStream {
        if self.innermost {
            let parameters = self.arguments.parameters();
            quote!(#(#parameters),*)
        } else {
            let names = self.arguments.names();
            quote!(#(#names),*)
        }
    }

    /// `-> R { body }`.
    fn closure_body(&self, passed: usize) -> TokenStream {
        let output = named_output(&self.function.sig.output);
        let rebound = self.rebound(passed);
        let body = if rebound.is_empty() {
            self.function.body.clone()
        } else {
            self.function.body_value()
        };
        let body = self.function.braced(&quote!(#rebound #body));
        quote!(-> #output #body)
    }

    fn expand_async(&self) -> TokenStream {
        let function = self.function;
        let (rebound, body) = (self.rebound(0), function.body_value());
        let inspect = inspect::value(self.checked);
        let values = self.values();
        let start = quote_spanned!(Span::mixed_site()=> site.future(|| #values));
        // What `return` and `?` convert to, which an async block cannot be told otherwise.
        let returns_never = is_never(&function.sig.output);
        let output = if returns_never {
            quote!(::core::convert::Infallible) // as `!` cannot be named
        } else {
            named_output(&function.sig.output)
        };
        let at = match &function.sig.output {
            ReturnType::Default => Span::mixed_site(),
            ReturnType::Type(_, output) => Span::mixed_site().located_at(output.span()),
        };
        let says_output = quote_spanned! {at=>
            #[allow(unreachable_code, clippy::all, clippy::pedantic)]
            if false {
                let output: #output = loop {};
                return output;
            }
        };
        let future = function.braced(&quote!(#says_output #rebound #body));
        let awaited = quote_spanned! {Span::mixed_site()=>
            scope.wrap(async move #future, #inspect).await
        };
        let result = if returns_never {
            quote!(match #awaited {})
        } else {
            awaited
        };
        let start = if self.checked.fields.is_empty() {
            quote_spanned!(Span::mixed_site()=> let scope = #start;)
        } else {
            self.arguments.start_aside(&start, self.checked)
        };
        quote!(#start #result)
    }

    /// The body makes the future, outside the scope, which is the future's.
    fn expand_returned(&self, future: &ReturnedFuture) -> TokenStream {
        let (private, quiet, values) = (self.private(), quiet(), self.values());
        let make = self.closure_body(0);
        let inspect = inspect::value(self.checked);
        let future_output = match &future.output {
            Some(output) if future.sure => quote!(#output),
            _ => quote!(_),
        };
        let wrapped = if future.boxed {
            quote_spanned! {Span::mixed_site()=>
                if #private::FutureScope::is_heard(&scope) {
                    #private::Box::pin(scope.wrap(make(), #inspect))
                } else {
                    make()
                }
            }
        } else {
            quote_spanned!(Span::mixed_site()=> scope.wrap(make(), #inspect))
        };
        quote_spanned! {Span::mixed_site()=>
            #quiet
            let scope = site.future(|| #values);
            let make = #private::once_future::<#future_output, _, _>(move || #make);
            #wrapped
        }
    }

    fn expand_guard(&self) -> TokenStream {
        let (quiet, values) = (quiet(), self.values());
        let (rebound, function) = (self.rebound(0), self.function);
        if !self.checked.ret && self.checked.err.is_none() {
            let body = function.body_value();
            return quote_spanned! {Span::mixed_site()=>
                #quiet let _guard = site.enter(|| #values);
                #rebound
                #body
            };
        }
        let private = self.private();
        let inspect = inspect::value(self.checked);
        let output = named_output(&function.sig.output);
        let see = quote_spanned!(Span::mixed_site()=> see);
        let body = exits::rewrite(function.body.clone(), &function.sig.output, &see);
        quote_spanned! {Span::mixed_site()=>
            #quiet
            let guard = site.enter(|| #values);
            let see = #private::see::<#output, _>(&guard, #inspect);
            #rebound
            see({ #body })
        }
    }

    /// A reference to the function's static.
    fn site(&self) -> TokenStream {
        let private = self.private();
        let krate = &self.checked.krate;
        let name = &self.function.sig.ident;
        let kind = match &self.checked.kind {
            Kind::Literal(literal) => quote!(#krate::Kind::checked(#literal)),
            Kind::Path(path) => {
                // In a `let`, so that a constant of another type is what is wrong.
                let at = Span::mixed_site().located_at(path.span());
                quote_spanned!(at=> { let kind: #krate::Kind = #path; kind })
            }
        };
        let function = syn::ext::IdentExt::unraw(name).to_string();
        let keys = keys(self.checked, self.arguments);
        // At the function's name, so that its line and column are told, not the attribute's.
        let place = quote_spanned! {name.span()=>
            (::core::file!(), ::core::line!(), ::core::column!())
        };
        let site =
            quote!(#private::Site::new(#kind, #function, ::core::module_path!(), #place, #keys));
        quote!({ static EVENT_CORE_SITE: #private::Site = #site; &EVENT_CORE_SITE })
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
        ReturnType::Default => true,
        ReturnType::Type(_, output) => is_in_registers(output),
    };
    let inputs = function.sig.inputs.iter().all(|input| match input {
        FnArg::Typed(input) => is_in_registers(&input.ty),
        FnArg::Receiver(_) => false,
    });
    output && inputs && is_long(&function.body) && !function.attrs.iter().any(is_inline)
}

/// A type whose values are in registers for certain.
fn is_in_registers(one: &Type) -> bool {
    const PRIMITIVES: [&str; 16] = [
        "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16",
        "u32", "u64", "u128", "usize",
    ];
    match peeled(one) {
        Type::Reference(_) | Type::Ptr(_) | Type::Never(_) => true,
        Type::Tuple(tuple) => tuple.elems.is_empty(),
        Type::Path(path) => path.path.get_ident().is_some_and(|name| {
            let name = name.to_string();
            PRIMITIVES.contains(&&*name)
        }),
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

/// Whether the body must stay outside any closure: there it would lose its caller, or the
/// lifetimes of an `impl Fn(&str) -> &str` that it returns.
fn needs_guard(function: &Function) -> bool {
    let track_caller = function
        .attrs
        .iter()
        .any(|attr| attr.path().is_ident("track_caller"));
    track_caller || returns_impl_fn(&function.sig.output)
}
