//! The tokens that inspect the value that a function returned, for `ret` and `err`.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};

use super::expansion::Expansion;
use crate::runtime::{captured, located, tiers, tiers_without_auto_traits};
use crate::syntax::return_type::OpaqueParts;
use crate::trigger_event::settings::ErrArg;

/// The closure that inspects the value of a call and broadcasts its END.
pub(crate) fn call(expansion: &Expansion<'_>) -> TokenStream {
    if !expansion.checked.inspects_value() {
        let private = expansion.private();
        return quote!(#private::ignore_returned);
    }
    let outcome = outcome(expansion, expansion.checked.ret);
    quote_spanned! {Span::mixed_site()=> |value, call| call.end(&mut |wants_data| #outcome) }
}

/// The closure that returns the outcome of a value. `None` without `ret` and `err`.
pub(crate) fn value(expansion: &Expansion<'_>) -> Option<TokenStream> {
    if !expansion.checked.inspects_value() {
        return None;
    }
    let outcome = outcome(expansion, expansion.checked.ret);
    Some(quote_spanned!(Span::mixed_site()=> |value, wants_data| #outcome))
}

/// As [`value`], for a value that certainly is an error, and whose type is known only in part.
pub(crate) fn error(expansion: &Expansion<'_>) -> TokenStream {
    let outcome = outcome(expansion, false);
    quote_spanned!(Span::mixed_site()=> |value, wants_data| #outcome)
}

/// The outcome of `value`, an expression.
fn outcome(expansion: &Expansion<'_>, ret: bool) -> TokenStream {
    let private = expansion.private();
    let opaque = OpaqueParts::new(&expansion.function.sig);
    let returned = if ret {
        let tiers = if opaque.value {
            tiers_without_auto_traits(&private)
        } else {
            tiers(&private)
        };
        let capture = quote_spanned!(Span::mixed_site()=> #private::Capture::place(value));
        let captured = captured(&capture);
        quote_spanned! {Span::mixed_site()=>
            if wants_data {
                #tiers
                #private::Outcome::new().returned(#captured)
            } else {
                #private::Outcome::new()
            }
        }
    } else {
        quote!(#private::Outcome::new())
    };
    match &expansion.checked.err {
        Some(err) => outcome_of_result(&private, err, opaque.error, &returned),
        None => returned,
    }
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
            (&&#private::MaybeResult(value)).__event_core_result()
        }}
    } else {
        quote_spanned!(span=> #private::IsResult::either(value))
    };
    // As `tiers_without_auto_traits`.
    let auto_traits = (!is_opaque).then(|| {
        quote_spanned! {span=>
            use #private::{ErrorBoxed as _, ErrorDisplay as _, ErrorSend as _};
        }
    });
    quote_spanned! {span=>
        match #either {
            ::core::result::Result::Ok(value) => {
                let _ = (value, wants_data);
                #returned
            }
            ::core::result::Result::Err(error) => {
                use #private::{ErrorDebug as _, ErrorName as _, ErrorText as _};
                #auto_traits
                #private::Outcome::new().failed(::core::option::Option::Some(
                    (&&&&&#private::Returned(error)).__event_core_error(),
                ))
            }
        }
    }
}
