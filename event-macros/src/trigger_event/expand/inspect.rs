//! The tokens that inspect the value that a function returned, for `ret` and `err`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use super::expansion::Expansion;
use crate::runtime::{captured, located, tiers, tiers_without_auto_traits};
use crate::syntax::return_type::OpaqueParts;
use crate::trigger_event::args::Format;
use crate::trigger_event::settings::{ErrArg, RetArg};

/// The closure that inspects the value of a call and broadcasts its END.
pub(crate) fn call(expansion: &Expansion<'_>) -> TokenStream {
    if !expansion.checked.inspects_value() {
        let private = expansion.private();
        return quote!(#private::ignore_returned);
    }
    let outcome = outcome(expansion, expansion.checked.ret.as_ref());
    quote_spanned! {Span::mixed_site()=>
        |__event_core_value, __event_core_call| {
            __event_core_call.end(&mut |__event_core_wants_data| #outcome)
        }
    }
}

/// The closure that returns the outcome of a value. `None` without `ret` and `err`.
pub(crate) fn value(expansion: &Expansion<'_>) -> Option<TokenStream> {
    if !expansion.checked.inspects_value() {
        return None;
    }
    let outcome = outcome(expansion, expansion.checked.ret.as_ref());
    Some(
        quote_spanned!(Span::mixed_site()=> |__event_core_value, __event_core_wants_data| #outcome),
    )
}

/// As [`value`], for a value that certainly is an error, and whose type is known only in part.
pub(crate) fn error(expansion: &Expansion<'_>) -> TokenStream {
    let outcome = outcome(expansion, None);
    quote_spanned!(Span::mixed_site()=> |__event_core_value, __event_core_wants_data| #outcome)
}

/// The outcome of `value`, an expression.
fn outcome(expansion: &Expansion<'_>, ret: Option<&RetArg>) -> TokenStream {
    let private = expansion.private();
    let opaque = OpaqueParts::new(&expansion.function.sig);
    let returned = match ret {
        None => quote!(#private::Outcome::new()),
        Some(ret) => {
            let returned = returned(&private, ret, opaque.value);
            quote_spanned! {Span::mixed_site()=>
                if __event_core_wants_data {
                    #private::Outcome::new()#returned
                } else {
                    #private::Outcome::new()
                }
            }
        }
    };
    match &expansion.checked.err {
        Some(err) => outcome_of_result(&private, err, opaque.error, &returned),
        None => returned,
    }
}

/// The call that adds the field `return`.
fn returned(private: &TokenStream, ret: &RetArg, is_opaque: bool) -> TokenStream {
    if let Some(format) = &ret.format {
        let value = quote_spanned!(Span::mixed_site()=> __event_core_value);
        let value = formatted(private, format, &value);
        if !ret.of_block {
            return quote_spanned!(Span::mixed_site()=> .returned(#value));
        }
        return quote_spanned! {Span::mixed_site()=>
            .maybe_returned({
                use #private::{ValueOfAny as _, ValueOfUnit as _};
                (&#private::MaybeUnit(__event_core_value))
                    .__event_core_value()
                    .map(|__event_core_value| #value)
            })
        };
    }
    let tiers = if is_opaque {
        tiers_without_auto_traits(private)
    } else {
        tiers(private)
    };
    let capture = quote_spanned!(Span::mixed_site()=> #private::Capture::place(__event_core_value));
    let captured = captured(&capture);
    quote_spanned!(Span::mixed_site()=> .returned({ #tiers #captured }))
}

/// `value`, formatted by a trait. The compiler reports a missing trait at its name.
fn formatted(private: &TokenStream, format: &Format, value: &TokenStream) -> TokenStream {
    let (constructor, word) = match format {
        Format::Debug(word) => ("printed", word),
        Format::Display(word) => ("displayed", word),
    };
    let span = Span::mixed_site().located_at(word.span());
    let constructor = Ident::new(constructor, span);
    let value = located(value, span);
    let private = located(private, span);
    quote_spanned!(span=> #private::Value::#constructor(#value))
}

fn outcome_of_result(
    private: &TokenStream,
    err: &ErrArg,
    is_opaque: bool,
    returned: &TokenStream,
) -> TokenStream {
    // The compiler reports a value that is not a `Result` at the word `err`, which must be removed.
    let span = Span::mixed_site().located_at(err.word.span());
    let private = &located(private, span);
    let either = if err.of_block {
        quote_spanned! {span=> {
            use #private::{ResultOfAny as _, ResultOfFuture as _, ResultOfResult as _};
            (&&#private::MaybeResult(__event_core_value)).__event_core_result()
        }}
    } else {
        quote_spanned!(span=> #private::IsResult::either(__event_core_value))
    };
    // As `tiers_without_auto_traits`.
    let auto_traits = (!is_opaque).then(|| {
        quote_spanned! {span=>
            use #private::{ErrorBoxed as _, ErrorDisplay as _, ErrorSend as _};
        }
    });
    let message = err.format.as_ref().map(|format| {
        let message = formatted(private, format, &quote_spanned!(span=> __event_core_error));
        quote_spanned!(span=> .with_message(#message))
    });
    quote_spanned! {span=>
        match #either {
            ::core::result::Result::Ok(__event_core_value) => {
                let _ = (__event_core_value, __event_core_wants_data);
                #returned
            }
            ::core::result::Result::Err(__event_core_error) => {
                use #private::{ErrorDebug as _, ErrorName as _, ErrorText as _};
                #auto_traits
                #private::Outcome::new().failed(::core::option::Option::Some(
                    (&&&&&#private::Returned(__event_core_error)).__event_core_error() #message,
                ))
            }
        }
    }
}
