//! The tokens that inspect the value that a function returned, for `ret` and `err`.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};

use crate::runtime::{captured, tiers};
use crate::trigger_event::check::Checked;
use crate::trigger_event::settings::ErrArg;

/// The closure that inspects the value of a call and broadcasts its END.
pub(crate) fn call(checked: &Checked) -> TokenStream {
    if !checked.inspects_value() {
        let private = checked.private();
        return quote!(#private::ignore_returned);
    }
    let outcome = outcome(checked);
    quote_spanned! {Span::mixed_site()=> |value, call| call.end(&mut |wants_data| #outcome) }
}

/// The closure that returns the outcome of a value. `None` without `ret` and `err`.
pub(crate) fn value(checked: &Checked) -> Option<TokenStream> {
    if !checked.inspects_value() {
        return None;
    }
    let outcome = outcome(checked);
    Some(quote_spanned!(Span::mixed_site()=> |value, wants_data| #outcome))
}

/// The outcome of `value`, an expression.
fn outcome(checked: &Checked) -> TokenStream {
    let private = checked.private();
    let returned = if checked.ret {
        let tiers = tiers(&private);
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
    match &checked.err {
        Some(err) => outcome_of_result(&private, err, &returned),
        None => returned,
    }
}

fn outcome_of_result(private: &TokenStream, err: &ErrArg, returned: &TokenStream) -> TokenStream {
    // The compiler reports a value that is not a `Result` at the word `err`, which must be removed.
    let span = Span::mixed_site().located_at(err.word.span());
    let private = &respanned(private, span);
    let either = if err.of_block {
        quote_spanned! {span=> {
            #[allow(unused_imports)]
            use #private::{ResultOfAny as _, ResultOfFuture as _, ResultOfResult as _};
            (&&#private::MaybeResult(value)).__event_core_result()
        }}
    } else {
        quote_spanned!(span=> #private::IsResult::either(value))
    };
    quote_spanned! {span=>
        match #either {
            ::core::result::Result::Ok(value) => {
                let _ = (value, wants_data);
                #returned
            }
            ::core::result::Result::Err(error) => {
                #[allow(unused_imports)]
                use #private::{
                    ErrorBoxed as _, ErrorDebug as _, ErrorDisplay as _, ErrorName as _,
                    ErrorSend as _, ErrorText as _,
                };
                #private::Outcome::new().failed(::core::option::Option::Some(
                    (&&&&&#private::Returned(error)).__event_core_error(),
                ))
            }
        }
    }
}

/// Returns the tokens with the source location of `span`.
fn respanned(tokens: &TokenStream, span: Span) -> TokenStream {
    let respan = |mut token: TokenTree| {
        token.set_span(token.span().located_at(span));
        token
    };
    tokens.clone().into_iter().map(respan).collect()
}
