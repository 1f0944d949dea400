//! The expansion of `#[trigger_event]`, which cannot fail, and which of its four forms a function
//! needs.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ReturnType;
use syn::spanned::Spanned;

use crate::arguments::{Arguments, quiet};
use crate::capture::{keys, private, values};
use crate::check::{Checked, Kind};
use crate::returned::{ReturnedFuture, is_never, named_output, returns_impl_fn};
use crate::target::Function;
use crate::{exits, inspect};

// Input:
//
//     fn f(x: T) -> R { body }
//
// Output:
//
//     fn f(x: T) -> R {
//         let site = { static EVENT_CORE_SITE: Site = Site::new(KIND, "f", …, &["x"]); &EVENT_CORE_SITE };
//         site.call_1(
//             x,
//             |x| [(&&…Capture::argument(x)).…()],
//             move |x| -> R { let value: R = { body }; return value; },
//             unseen,
//         )
//     }
//
// Arguments are passed one by one, so that they stay in registers and a call that nobody hears needs no
// stack for them. Where `data(…)` looks at them, the closure captures them instead:
//
//         let captured = if site.may_be_heard() { site.collect(|| […]) } else { None };
//         let run = once(move || -> R { let x = x; … });
//         match captured { None => run(), Some(captured) => site.call_captured(captured, Body(run), unseen) }
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
            None => self.expand_call(self.arguments.passed()),
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
    fn expand_call(&self, passed: usize) -> TokenStream {
        let call = format_ident!("call_{passed}", span = Span::mixed_site());
        let names = || self.arguments.names(passed);
        let (arguments, references) = (names(), names());
        let values = values(self.checked, self.arguments, true);
        let parameters = self.parameters(passed);
        let body = self.closure_body(passed);
        let inspect = inspect::call(self.checked);
        quote_spanned! {Span::mixed_site()=>
            site.#call(#(#arguments,)* |#(#references),*| #values, move |#parameters| #body, #inspect)
        }
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
    fn parameters(&self, passed: usize) -> TokenStream {
        if self.innermost {
            let parameters = self.arguments.parameters(passed);
            quote!(#(#parameters),*)
        } else {
            let names = self.arguments.names(passed);
            quote!(#(#names),*)
        }
    }

    /// `-> R { body }`.
    fn closure_body(&self, passed: usize) -> TokenStream {
        let output = named_output(&self.function.sig.output);
        let (rebound, body) = (self.rebound(passed), self.function.body_value());
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
            Kind::Literal(literal) => quote!(#krate::Kind::from_static(#literal)),
            Kind::Path(path) => {
                // In a `let`, so that a constant of another type is what is wrong.
                let at = Span::mixed_site().located_at(path.span());
                quote_spanned!(at=> { let kind: #krate::Kind = #path; kind })
            }
        };
        let function = syn::ext::IdentExt::unraw(name).to_string();
        // At the function's name, so that its line and column are told, not the attribute's.
        let place = quote_spanned! {name.span()=>
            (::core::file!(), ::core::line!(), ::core::column!())
        };
        let keys = keys(self.checked, self.arguments);
        quote! {{
            static EVENT_CORE_SITE: #private::Site =
                #private::Site::new(#kind, #function, ::core::module_path!(), #place, #keys);
            &EVENT_CORE_SITE
        }}
    }
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
