//! The expansion of `#[trigger_event]`, which cannot fail, and which of its four forms a function
//! needs.

use std::mem;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{ReturnType, Type};

use crate::arguments::{Arguments, quiet};
use crate::capture::{captured, fields, private, tiers};
use crate::check::{Checked, Kind};
use crate::exits;
use crate::returned::{ReturnedFuture, returns_impl_fn};
use crate::target::Function;

// Input:
//
//     fn f(x: T) -> R { body }
//
// Output:
//
//     fn f(x: T) -> R {
//         let site = { static EVENT_CORE_SITE: Site = Site::new(KIND, "f", …); &EVENT_CORE_SITE };
//         let run = once(move |call| -> R {
//             if let Some(call) = call {
//                 match call.wants_data() {
//                     true => call.start_with([Field::new("x", (&&…Capture::argument(&x)).…())]),
//                     _ => call.start(),
//                 }
//             }
//             let x = x;
//             let value: R = { body };
//             return value;
//         });
//         if site.may_be_heard() { site.call(Body(run), nothing) } else { run(None) }
//     }
//
// An `async fn` awaits its body in the scope instead, and where the body must not be in a closure
// a guard stands before it.
//
// Of several attributes the first is the outermost scope; only the last makes the arguments locals.
pub(crate) fn expand(attributes: &[Checked], mut function: Function) -> Function {
    let arguments = Arguments::new(&mut function.sig, attributes);
    let mut rebound = arguments.rebound();
    for checked in attributes.iter().rev() {
        function.body = expand_one(checked, &function, &arguments, &mem::take(&mut rebound));
    }
    function
}

fn expand_one(
    checked: &Checked,
    function: &Function,
    arguments: &Arguments,
    rebound: &TokenStream,
) -> TokenStream {
    let fields = Fields {
        any: !checked.fields.is_empty(),
        array: fields(checked, arguments),
    };
    let body = match ReturnedFuture::new(&function.sig.output) {
        _ if function.sig.asyncness.is_some() => {
            expand_async(checked, &fields, function, arguments, rebound)
        }
        Some(future) => expand_returned(checked, &fields, function, rebound, &future),
        None if needs_guard(function) => expand_guard(checked, &fields, function, rebound),
        None => expand_closure(checked, &fields, function, rebound),
    };
    let site = site(checked, &function.sig.ident);
    quote_spanned!(Span::mixed_site()=> let site = #site; #body)
}

/// The fields of the event's data.
struct Fields {
    any: bool,
    /// `[Field, …]`.
    array: TokenStream,
}

fn expand_closure(
    checked: &Checked,
    fields: &Fields,
    function: &Function,
    rebound: &TokenStream,
) -> TokenStream {
    let private = private(checked);
    let output = closure_output(&function.sig.output);
    let inspect = inspect(checked);
    let array = &fields.array;
    // Before the arguments are locals of the body: whether one is used there is for the compiler.
    let (count, start) = if fields.any {
        let start = quote_spanned!(Span::mixed_site()=> true => call.start_with(#array),);
        (quote!(_), start)
    } else {
        (quote!(0), TokenStream::new())
    };
    let quiet = quiet();
    let body = function.body_value();
    let run = function.braced(&quote_spanned! {Span::mixed_site()=>
        #quiet
        if let ::core::option::Option::Some(call) = call {
            match call.wants_data() {
                #start
                _ => call.start(),
            }
        }
        #rebound
        #body
    });
    quote_spanned! {Span::mixed_site()=>
        let run = #private::once::<_, _, #count>(move |call| #output #run);
        if site.may_be_heard() {
            site.call(#private::Body(run), #inspect)
        } else {
            run(::core::option::Option::None)
        }
    }
}

fn expand_async(
    checked: &Checked,
    fields: &Fields,
    function: &Function,
    arguments: &Arguments,
    rebound: &TokenStream,
) -> TokenStream {
    let private = private(checked);
    let body = function.body_value();
    let inspect = inspect(checked);
    let start = start(&private, fields, &quote!(FutureScope), &quote!(future));
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
    let start = if fields.any {
        arguments.start_aside(&start, checked)
    } else {
        quote_spanned!(Span::mixed_site()=> let scope = #start;)
    };
    quote!(#start #result)
}

pub(crate) fn is_never(output: &ReturnType) -> bool {
    matches!(output, ReturnType::Type(_, output) if matches!(**output, Type::Never(_)))
}

/// The body makes the future, outside the scope, which is the future's.
fn expand_returned(
    checked: &Checked,
    fields: &Fields,
    function: &Function,
    rebound: &TokenStream,
    future: &ReturnedFuture,
) -> TokenStream {
    let private = private(checked);
    let body = function.body_value();
    let inspect = inspect(checked);
    let quiet = quiet();
    let start = start(&private, fields, &quote!(FutureScope), &quote!(future));
    let output = closure_output(&function.sig.output);
    let make = function.braced(&quote!(#rebound #body));
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
        let scope = #start;
        let make = #private::once_future::<#future_output, _, _>(move || #output #make);
        #wrapped
    }
}

fn expand_guard(
    checked: &Checked,
    fields: &Fields,
    function: &Function,
    rebound: &TokenStream,
) -> TokenStream {
    let private = private(checked);
    let quiet = quiet();
    let start = start(&private, fields, &quote!(EventGuard), &quote!(enter));
    if !checked.ret && checked.err.is_none() {
        let body = function.body_value();
        return quote_spanned! {Span::mixed_site()=>
            #quiet let _guard = #start;
            #rebound
            #body
        };
    }
    let (inspect, output) = (inspect(checked), named_output(&function.sig.output));
    let see = quote_spanned!(Span::mixed_site()=> see);
    let body = exits::rewrite(function.body.clone(), &function.sig.output, &see);
    quote_spanned! {Span::mixed_site()=>
        #quiet
        let guard = #start;
        let see = #private::see::<#output, _>(&guard, #inspect);
        #rebound
        see({ #body })
    }
}

/// `site.enter(…)` as it is heard, or a `NONE` of `scope`.
fn start(
    private: &TokenStream,
    fields: &Fields,
    scope: &TokenStream,
    enter: &TokenStream,
) -> TokenStream {
    let array = &fields.array;
    let with_data = fields.any.then(
        || quote_spanned!(Span::mixed_site()=> hearing @ #private::Hearing::Data => site.#enter(hearing, &#array),),
    );
    quote_spanned! {Span::mixed_site()=>
        match site.hearing() {
            #private::Hearing::Nobody => #private::#scope::NONE,
            #with_data
            hearing => site.#enter(hearing, &[]),
        }
    }
}

/// A reference to the function's static.
fn site(checked: &Checked, name: &Ident) -> TokenStream {
    let private = private(checked);
    let krate = &checked.krate;
    let kind = match &checked.kind {
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
    quote! {{
        static EVENT_CORE_SITE: #private::Site =
            #private::Site::new(#kind, #function, ::core::module_path!(), #place);
        &EVENT_CORE_SITE
    }}
}

/// What looks at the returned value, for `ret` and `err`.
fn inspect(checked: &Checked) -> TokenStream {
    let private = private(checked);
    let well = if checked.ret {
        let tiers = tiers(&private);
        let returned = quote_spanned!(Span::mixed_site()=> #private::Capture::place(value));
        let returned = captured(&returned);
        quote_spanned! {Span::mixed_site()=>
            if wants_data {
                #tiers
                #private::Ending::new().returned(#returned)
            } else {
                #private::Ending::new()
            }
        }
    } else {
        quote!(#private::Ending::new())
    };
    match &checked.err {
        Some(err) => inspect_result(&private, err, &well),
        None if checked.ret => quote_spanned!(Span::mixed_site()=> |value, wants_data| #well),
        None => quote!(#private::nothing),
    }
}

fn inspect_result(private: &TokenStream, err: &Ident, well: &TokenStream) -> TokenStream {
    // At the word `err`, which is what to remove where the value is no `Result`.
    let at = Span::mixed_site().located_at(err.span());
    let private = &respanned(private, at);
    quote_spanned! {at=>
        |value, wants_data| match #private::IsResult::either(value) {
            ::core::result::Result::Ok(value) => {
                let _ = (value, wants_data);
                #well
            }
            ::core::result::Result::Err(error) => {
                #[allow(unused_imports)]
                use #private::{
                    ErrorBoxed as _, ErrorDebug as _, ErrorDisplay as _, ErrorName as _,
                    ErrorSend as _, ErrorText as _,
                };
                #private::Ending::new().failed(::core::option::Option::Some(
                    (&&&&&#private::Returned(error)).__event_core_error(),
                ))
            }
        }
    }
}

/// The same tokens at another place.
fn respanned(tokens: &TokenStream, at: Span) -> TokenStream {
    let respan = |mut token: TokenTree| {
        token.set_span(token.span().located_at(at));
        token
    };
    tokens.clone().into_iter().map(respan).collect()
}

/// `-> R` for a closure, with `_` where the type cannot be named.
fn closure_output(output: &ReturnType) -> TokenStream {
    let output = named_output(output);
    quote!(-> #output)
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
    struct Infer;

    impl VisitMut for Infer {
        fn visit_type_mut(&mut self, one: &mut Type) {
            if matches!(one, Type::ImplTrait(_)) {
                *one = syn::parse_quote!(_);
            } else {
                visit_mut::visit_type_mut(self, one);
            }
        }
    }

    let mut output = output.clone();
    Infer.visit_type_mut(&mut output);
    quote!(#output)
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
