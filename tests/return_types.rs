//! Return types: `impl Trait` inside other types, boxed traits, `!`, and early returns.
#![allow(
    unused_parens,
    clippy::all,
    clippy::pedantic,
    reason = "the functions show signatures and are not idiomatic code"
)]

mod support;

use std::error::Error;
use std::fmt::{Debug, Display};
use std::ops::ControlFlow;
use std::panic::catch_unwind;

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

/// The generated async block has a type annotation, which `return` and `?` convert to.
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

#[test]
fn impl_trait_can_be_returned() {
    #[trigger_event("return_types:impl_out")]
    fn numbers(to: u32) -> impl Iterator<Item = u32> + Clone {
        (0..to).filter(|n| n % 2 == 0)
    }
    #[trigger_event("return_types:impl_out")]
    fn within_result(text: &str) -> Result<impl Iterator<Item = char> + '_, Box<dyn Error>> {
        if text.is_empty() {
            return Err("empty".into());
        }
        Ok(text.chars().rev())
    }
    #[trigger_event("return_types:impl_out")]
    fn within_option_and_tuple(n: u32) -> Option<(impl Display, impl Debug + use<>)> {
        Some((n, n))
    }
    #[trigger_event("return_types:impl_out")]
    fn text_to_text() -> impl Fn(&str) -> &str {
        |text| &text[1..]
    }
    #[trigger_event("return_types:impl_out")]
    fn adder(by: u32) -> impl FnMut(u32) -> u32 {
        let mut sum = 0;
        move |n| {
            sum += n + by;
            sum
        }
    }
    #[trigger_event("return_types:impl_out")]
    fn early(flag: bool) -> impl Display {
        if flag {
            return String::from("early");
        }
        "late".to_owned()
    }
    #[trigger_event("return_types:impl_out")]
    fn nested_impl() -> impl IntoIterator<Item = impl Display> {
        vec![1, 2]
    }
    #[trigger_event("return_types:impl_out", ret)]
    fn with_ret() -> impl Debug {
        3
    }
    once("return_types:impl_out", || {
        assert_eq!(numbers(5).clone().sum::<u32>(), 6);
    });
    once("return_types:impl_out", || {
        assert_eq!(within_result("ab").unwrap().collect::<String>(), "ba");
    });
    once("return_types:impl_out", || {
        assert!(within_result("").is_err())
    });
    once("return_types:impl_out", || {
        assert_eq!(within_option_and_tuple(1).unwrap().0.to_string(), "1");
    });
    once("return_types:impl_out", || {
        assert_eq!(text_to_text()("abc"), "bc");
    });
    once("return_types:impl_out", || assert_eq!(adder(1)(1), 2));
    once("return_types:impl_out", || {
        assert_eq!(early(true).to_string(), "early");
    });
    once("return_types:impl_out", || {
        assert_eq!(early(false).to_string(), "late");
    });
    once("return_types:impl_out", || {
        assert_eq!(nested_impl().into_iter().count(), 2);
    });
    once("return_types:impl_out", || {
        assert_eq!(format!("{:?}", with_ret()), "3");
    });
}

#[test]
fn boxed_traits_can_be_returned_early_and_late() {
    #[trigger_event("return_types:boxed_out")]
    fn boxed(n: u32) -> Box<dyn Display> {
        if n == 0 {
            return Box::new("none");
        }
        match n {
            1 => Box::new('1'),
            _ => Box::new(n),
        }
    }
    #[trigger_event("return_types:boxed_out", err)]
    fn question(text: &str) -> Result<u32, Box<dyn Error + Send + Sync>> {
        let n: u32 = text.parse()?;
        if n == 0 {
            Err("zero")?;
        }
        Ok(n)
    }
    #[trigger_event("return_types:boxed_out")]
    fn borrowed_dyn<'a>(items: &'a [Box<dyn Display>]) -> Option<&'a dyn Display> {
        let first = items.first()?;
        Some(&**first)
    }
    #[trigger_event("return_types:boxed_out")]
    fn coerced(array: &[u8; 3]) -> &[u8] {
        array
    }
    #[trigger_event("return_types:boxed_out")]
    fn coerced_pointer() -> fn(u8) -> u8 {
        |n| n + 1
    }
    once("return_types:boxed_out", || {
        assert_eq!(boxed(0).to_string(), "none");
    });
    once("return_types:boxed_out", || {
        assert_eq!(boxed(2).to_string(), "2")
    });
    once("return_types:boxed_out", || {
        assert_eq!(question("1").unwrap(), 1)
    });
    once("return_types:boxed_out", || assert!(question("x").is_err()));
    once("return_types:boxed_out", || assert!(question("0").is_err()));
    once("return_types:boxed_out", || {
        assert!(borrowed_dyn(&[Box::new(1)]).is_some());
    });
    once("return_types:boxed_out", || {
        assert_eq!(coerced(&[1, 2, 3]), [1, 2, 3]);
    });
    once("return_types:boxed_out", || {
        assert_eq!(coerced_pointer()(1), 2)
    });
}

#[test]
fn functions_can_return_never() {
    #[trigger_event("return_types:never")]
    fn fails() -> ! {
        panic!("never")
    }
    #[trigger_event("return_types:never")]
    fn fails_deeper(n: u32) -> ! {
        if n == 0 {
            fails()
        } else {
            std::panic::resume_unwind(Box::new(n))
        }
    }
    expect_scopes(2, "return_types:never", || {
        assert!(catch_unwind(|| fails_deeper(0)).is_err());
    });
    let payload = once("return_types:never", || {
        catch_unwind(|| fails_deeper(7)).unwrap_err()
    });
    assert_eq!(*payload.downcast::<u32>().unwrap(), 7);
}

#[test]
fn early_returns_question_marks_and_breaks_are_unchanged() {
    #[trigger_event("return_types:flow")]
    fn option(list: &[u32]) -> Option<u32> {
        let first = list.first()?;
        for n in list {
            if *n > 5 {
                return Some(*n);
            }
        }
        Some(*first)
    }
    #[trigger_event("return_types:flow")]
    fn flow(n: u32) -> ControlFlow<u32, ()> {
        if n > 1 {
            ControlFlow::Break(n)?;
        }
        ControlFlow::Continue(())
    }
    #[trigger_event("return_types:flow")]
    fn unit(flag: bool, out: &mut u32) {
        if flag {
            return;
        }
        *out = 'found: {
            for n in 1.. {
                if n * n > 50 {
                    break 'found n;
                }
            }
            0
        };
    }
    #[trigger_event("return_types:flow")]
    fn statement_tail(n: u32) -> u32 {
        return n;
    }
    once("return_types:flow", || assert_eq!(option(&[]), None));
    once("return_types:flow", || assert_eq!(option(&[1, 7]), Some(7)));
    once("return_types:flow", || assert_eq!(option(&[1]), Some(1)));
    once("return_types:flow", || {
        assert_eq!(flow(2), ControlFlow::Break(2))
    });
    let mut out = 0;
    once("return_types:flow", || unit(true, &mut out));
    assert_eq!(out, 0);
    once("return_types:flow", || unit(false, &mut out));
    assert_eq!(out, 8);
    once("return_types:flow", || assert_eq!(statement_tail(1), 1));
}
