//! The expansion of `#[trigger_event]`, which cannot fail, and which of its forms a function needs.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use crate::arguments::{Arguments, quiet};
use crate::capture::{keys, private, values};
use crate::check::{Checked, Kind};
use crate::returned::{ReturnedFuture, named_output, returns_impl_fn};
use crate::target::Function;
use crate::{awaits, exits, inspect};

mod call;
mod future;

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
// An `async fn` whose body awaits nothing is such a call within its future: START and END are in its one
// poll. Any other awaits its body in the scope, and with no `data(…)` about it, in these words:
//
//         let (scope, is_heard) = site.future();
//         scope.wrap(async move {
//             if is_heard { begin_1(argument(&x).how(), &x); }    // START
//             let x = x;
//             body
//         }).await
//
// A returned future is put in a scope as well, with its data captured at the call. Where the body must
// not be in a closure a guard stands before it.
//
// Of several attributes the first is the outermost scope; only the last makes the arguments locals.
pub(crate) fn expand(attributes: &[Checked], mut function: Function) -> Function {
    let arguments = Arguments::new(&mut function.sig, attributes);
    let suspends = function.sig.asyncness.is_some() && awaits::may_await(&function.body);
    let mut innermost = true;
    for checked in attributes.iter().rev() {
        let one = One {
            checked,
            function: &function,
            arguments: &arguments,
            suspends,
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
    /// Whether it is an `async fn` whose body may await something.
    suspends: bool,
    innermost: bool,
}

impl One<'_> {
    fn expand(&self) -> TokenStream {
        let sig = &self.function.sig;
        let returned = if sig.asyncness.is_some() {
            None
        } else {
            ReturnedFuture::new(&sig.output)
        };
        let mut site = self.site();
        if self.suspends || returned.is_some() {
            site = quote!(#site.of_futures());
        }
        let body = match returned {
            _ if self.suspends => self.expand_async(),
            Some(future) => self.expand_returned(&future),
            _ if needs_guard(self.function) => self.expand_guard(),
            _ if self.arguments.asks() => self.expand_captured(),
            // To look at one that is called `_` something is to use it, in the eyes of a lint.
            _ if self.arguments.any_unused() && !self.captures_all() => self.expand_captured(),
            _ => self.expand_call(),
        };
        let private = self.private();
        let site = quote!({ static EVENT_CORE_SITE: #private::Site = #site; &EVENT_CORE_SITE });
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

    fn expand_guard(&self) -> TokenStream {
        let (quiet, values) = (quiet(), self.values());
        let (rebound, function) = (self.rebound(0), self.function);
        let Some(inspect) = inspect::value(self.checked) else {
            let body = function.body_value();
            return quote_spanned! {Span::mixed_site()=>
                #quiet let _guard = site.enter(|| #values);
                #rebound
                #body
            };
        };
        let private = self.private();
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

    /// What the function's static is.
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
        quote!(#private::Site::new(#kind, #function, ::core::module_path!(), #place, #keys))
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
