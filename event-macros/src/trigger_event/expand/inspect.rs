//! Inspection: the tokens that look at the value that a function returned, for `ret` and `err`.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};

use crate::runtime::{captured, tiers};
use crate::trigger_event::check::Checked;

/// What looks at the value of a call, and broadcasts the END with what it says.
pub(crate) fn call(checked: &Checked) -> TokenStream {
    if !checked.ret && checked.err.is_none() {
        let private = checked.private();
        return quote!(#private::ignore_returned);
    }
    let outcome = outcome(checked);
    quote_spanned! {Span::mixed_site()=> |value, call| call.end(&mut |wants_data| #outcome) }
}

/// What looks at a value, told whether a listener wants data; none where `ret` and `err` are not asked for.
pub(crate) fn value(checked: &Checked) -> Option<TokenStream> {
    if !checked.ret && checked.err.is_none() {
        return None;
    }
    let outcome = outcome(checked);
    Some(quote_spanned!(Span::mixed_site()=> |value, wants_data| #outcome))
}

/// What there is to say of `value`.
fn outcome(checked: &Checked) -> TokenStream {
    let private = checked.private();
    let well = if checked.ret {
        let tiers = tiers(&private);
        let returned = quote_spanned!(Span::mixed_site()=> #private::Capture::place(value));
        let returned = captured(&returned);
        quote_spanned! {Span::mixed_site()=>
            if wants_data {
                #tiers
                #private::Outcome::new().returned(#returned)
            } else {
                #private::Outcome::new()
            }
        }
    } else {
        quote!(#private::Outcome::new())
    };
    match &checked.err {
        Some(err) => of_result(&private, err, &well),
        None => well,
    }
}

fn of_result(private: &TokenStream, err: &Ident, well: &TokenStream) -> TokenStream {
    // At the word `err`, which is what to remove where the value is no `Result`.
    let at = Span::mixed_site().located_at(err.span());
    let private = &respanned(private, at);
    quote_spanned! {at=>
        match #private::IsResult::either(value) {
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
                #private::Outcome::new().failed(::core::option::Option::Some(
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
