//! Return types with something in them that cannot be named: `impl Trait` wherever one may stand.
#![allow(
    unused_parens,
    clippy::all,
    clippy::pedantic,
    reason = "the functions are shapes, not code"
)]

mod support;

use std::error::Error;
use std::fmt::Debug;

use event_core::trigger_event;
use futures::executor::block_on;
use support::expect_scopes;

/// Runs `call`, and checks that it triggers one scope.
fn once<R>(kind: &'static str, call: impl FnOnce() -> R) -> R {
    expect_scopes(1, kind, call)
}

#[test]
fn impl_trait_is_accepted_inside_any_type() {
    #[trigger_event("return_types:within")]
    fn array() -> [impl Debug; 2] {
        [1, 2]
    }
    #[trigger_event("return_types:within")]
    fn parentheses() -> (impl Debug) {
        1
    }
    #[trigger_event("return_types:within")]
    fn pointer() -> *const impl Debug {
        &1_u8 as *const u8
    }
    #[trigger_event("return_types:within")]
    fn reference() -> &'static impl Debug {
        &1
    }
    #[trigger_event("return_types:within")]
    fn slice() -> &'static [impl Debug] {
        &[1, 2]
    }
    #[trigger_event("return_types:within")]
    fn tuple() -> (u8, impl Debug) {
        (1, 2)
    }
    #[trigger_event("return_types:within")]
    fn argument() -> Option<impl Debug> {
        Some(1)
    }
    #[trigger_event("return_types:within")]
    fn object() -> Box<dyn Iterator<Item = impl Debug>> {
        Box::new([1, 2].into_iter())
    }
    let kind = "return_types:within";
    assert_eq!(format!("{:?}", once(kind, array)), "[1, 2]");
    assert_eq!(format!("{:?}", once(kind, parentheses)), "1");
    assert!(!once(kind, pointer).is_null());
    assert_eq!(format!("{:?}", once(kind, reference)), "1");
    assert_eq!(format!("{:?}", once(kind, slice)), "[1, 2]");
    assert_eq!(format!("{:?}", once(kind, tuple)), "(1, 2)");
    assert_eq!(format!("{:?}", once(kind, argument)), "Some(1)");
    assert_eq!(once(kind, object).count(), 2);
}

#[test]
fn borrowing_closure_is_accepted_inside_any_type() {
    #[trigger_event("return_types:closure")]
    fn alone() -> impl Fn(&str) -> &str {
        |text| &text[1..]
    }
    #[trigger_event("return_types:closure")]
    fn parentheses() -> (impl Fn(&str) -> &str) {
        |text| &text[1..]
    }
    #[trigger_event("return_types:closure")]
    fn tuple() -> (u8, impl Fn(&str) -> &str) {
        (1, |text| &text[1..])
    }
    macro_rules! returns {
        ($output:ty) => {
            #[trigger_event("return_types:closure")]
            fn by_a_macro() -> $output {
                |text| &text[1..]
            }
        };
    }
    returns!(impl Fn(&str) -> &str);
    let kind = "return_types:closure";
    assert_eq!(once(kind, alone)("ab"), "b");
    assert_eq!(once(kind, parentheses)("ab"), "b");
    assert_eq!(once(kind, tuple).1("ab"), "b");
    assert_eq!(once(kind, by_a_macro)("ab"), "b");
}

/// An async block is told what `return` and `?` convert to.
#[test]
fn future_that_only_fails_has_a_known_output_type() {
    #[trigger_event("return_types:future")]
    async fn fails() -> Result<u8, Box<dyn Error>> {
        std::future::ready(()).await;
        Err("no")?
    }
    #[trigger_event("return_types:future")]
    async fn coerces(early: bool) -> Box<dyn Debug> {
        std::future::ready(()).await;
        if early {
            return Box::new(1);
        }
        Box::new("late")
    }
    let kind = "return_types:future";
    assert!(once(kind, || block_on(fails())).is_err());
    assert_eq!(format!("{:?}", once(kind, || block_on(coerces(true)))), "1");
    assert_eq!(
        format!("{:?}", once(kind, || block_on(coerces(false)))),
        "\"late\""
    );
}
