//! Expansions raise and hide no lint. Warnings of every group are errors in this file.
#![deny(
    warnings,
    clippy::all,
    clippy::pedantic,
    clippy::nursery,
    unused,
    missing_docs
)]
#![deny(
    missing_debug_implementations,
    unreachable_pub,
    unused_qualifications,
    unused_lifetimes
)]
#![deny(
    let_underscore_drop,
    single_use_lifetimes,
    trivial_casts,
    unit_bindings,
    unused_braces
)]
#![deny(
    unused_import_braces,
    unused_results,
    elided_lifetimes_in_paths,
    redundant_lifetimes
)]
#![deny(
    explicit_outlives_requirements,
    keyword_idents,
    clippy::unwrap_used,
    clippy::panic
)]
#![deny(clippy::shadow_same, clippy::shadow_unrelated, clippy::min_ident_chars)]
#![deny(
    clippy::semicolon_inside_block,
    clippy::if_then_some_else_none,
    clippy::let_underscore_untyped
)]
#![deny(
    clippy::exhaustive_structs,
    clippy::question_mark_used,
    clippy::single_call_fn
)]
#![allow(
    clippy::question_mark_used,
    clippy::single_call_fn,
    reason = "the tests themselves raise them"
)]
#![allow(
    clippy::unused_async,
    reason = "an `async fn` without `.await` is expanded differently"
)]
#![allow(clippy::redundant_pub_crate, reason = "contradicts `unreachable_pub`")]
#![forbid(unsafe_code)]

use event_core::local;

/// Runs `call`, and checks that it triggers `count` scopes.
fn expect_scopes<R>(count: usize, kind: &'static str, call: impl FnOnce() -> R) -> R {
    let recorder = local::install_recorder(kind);
    let value = call();
    assert_eq!(recorder.len(), 2 * count);
    value
}

mod lints_kept {
    //! Lints that fire on plain functions also fire on annotated ones. Each `expect` must be met.
    use event_core::trigger_event;

    #[expect(dead_code, reason = "must fire")]
    #[trigger_event("lints:lints")]
    fn dead() {}

    #[trigger_event("lints:lints")]
    #[expect(dead_code, reason = "must fire")]
    async fn dead_future() {}

    #[expect(unused_variables, reason = "must fire")]
    #[trigger_event("lints:lints")]
    pub(super) fn unused_argument(number: u8) {}

    #[expect(unused_variables, reason = "must fire")]
    #[trigger_event("lints:lints")]
    pub(super) fn unused_part((left, right): (u8, u8)) -> u8 {
        left
    }

    #[expect(unused_variables, reason = "must fire")]
    #[trigger_event("lints:lints", skip_all)]
    pub(super) fn unused_skipped(number: u8) {}

    #[expect(unused_variables, reason = "must fire")]
    #[trigger_event("lints:lints")]
    pub(super) async fn unused_in_future(number: u8) {}

    #[expect(unused_variables, reason = "must fire")]
    #[trigger_event("lints:lints")]
    #[track_caller]
    pub(super) fn unused_in_tracked(number: u8) {}

    #[expect(unused_mut, reason = "must fire")]
    #[trigger_event("lints:lints")]
    pub(super) fn needless_mut(mut number: u8) -> u8 {
        number
    }

    #[expect(unused_mut, reason = "must fire")]
    #[trigger_event("lints:lints")]
    pub(super) async fn needless_mut_in_future(mut number: u8) -> u8 {
        number
    }

    #[expect(unused_assignments, reason = "must fire")]
    #[trigger_event("lints:lints")]
    pub(super) fn assigned_before_read(mut number: u8) -> u8 {
        number = 1;
        number
    }

    #[expect(unused_variables, reason = "must fire")]
    #[trigger_event("lints:lints")]
    pub(super) fn unused_local() {
        let local = 1;
    }

    #[expect(unreachable_code, reason = "must fire")]
    #[trigger_event("lints:lints")]
    pub(super) fn unreachable(number: u8) -> u8 {
        if number > 0 {
            return 1;
            drop(String::new());
        }
        number
    }

    #[expect(unused_must_use, reason = "must fire")]
    #[trigger_event("lints:lints")]
    pub(super) fn unused_result() {
        "1".parse::<u8>();
    }

    #[expect(unused_braces, reason = "must fire")]
    #[trigger_event("lints:lints")]
    pub(super) fn braces(number: u8) -> u8 {
        u8::wrapping_add({ number }, 0)
    }

    #[expect(unused_braces, reason = "must fire")]
    #[trigger_event("lints:lints")]
    #[rustfmt::skip]
    pub(super) fn braces_around_the_body() -> u8 {
        { 1 }
    }

    #[expect(unused_parens, reason = "must fire")]
    #[trigger_event("lints:lints")]
    #[rustfmt::skip]
    pub(super) fn parentheses(number: u8) -> u8 {
        if (number == 0) { 0 } else { (number) }
    }

    #[expect(clippy::useless_conversion, reason = "must fire under clippy")]
    #[trigger_event("lints:lints")]
    pub(super) fn useless_conversion(number: u8) -> u8 {
        u8::from(number)
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "must fire under clippy")]
    #[trigger_event("lints:lints")]
    pub(super) fn by_ref(number: &u8) -> u8 {
        *number
    }

    #[expect(clippy::too_many_arguments, reason = "must fire under clippy")]
    #[trigger_event("lints:lints")]
    #[rustfmt::skip]
    pub(super) fn too_many(one: u8, two: u8, three: u8, four: u8, five: u8, six: u8, seven: u8, eight: u8) -> u8 {
        one + two + three + four + five + six + seven + eight
    }

    pub(super) struct Number(pub(super) u8);

    impl Number {
        #[expect(clippy::unused_self, reason = "must fire under clippy")]
        #[trigger_event("lints:lints")]
        pub(super) fn unused_self(&self) -> u8 {
            1
        }

        #[expect(clippy::wrong_self_convention, reason = "must fire under clippy")]
        #[trigger_event("lints:lints")]
        pub(super) fn to_number(self) -> u8 {
            self.0
        }
    }
}

#[test]
fn lints_fire_as_on_plain_functions() {
    use futures::executor::block_on;
    expect_scopes(19, "lints:lints", || {
        use lints_kept::{Number, *};
        unused_argument(1);
        assert_eq!(unused_part((1, 2)), 1);
        unused_skipped(1);
        block_on(unused_in_future(1));
        unused_in_tracked(1);
        assert_eq!(needless_mut(1), 1);
        assert_eq!(block_on(needless_mut_in_future(1)), 1);
        assert_eq!(assigned_before_read(2), 1);
        unused_local();
        assert_eq!(unreachable(2), 1);
        unused_result();
        assert_eq!(braces(1), 1);
        assert_eq!(braces_around_the_body(), 1);
        assert_eq!(parentheses(1), 1);
        assert_eq!(useless_conversion(1), 1);
        assert_eq!(by_ref(&1), 1);
        assert_eq!(too_many(1, 1, 1, 1, 1, 1, 1, 1), 8);
        assert_eq!(Number(1).unused_self(), 1);
        assert_eq!(Number(1).to_number(), 1);
    });
}

mod lints_not_raised {
    //! Code on which no lint fires. None may fire when it is annotated either.
    use core::fmt::Debug;
    use event_core::trigger_event;

    /// Moves, borrows, patterns and generics.
    #[trigger_event("lints:none", ret)]
    pub(super) fn moves<Item: Debug>(
        list: Vec<Item>,
        (left, _): (u8, u8),
        mut extra: Vec<Item>,
    ) -> Vec<Item> {
        extra.extend(list);
        extra.truncate(usize::from(left));
        extra
    }

    #[trigger_event("lints:none", data(len = text.len()), err)]
    pub(super) fn parses(text: &str, _unused: u8, _: u8) -> Result<u32, core::num::ParseIntError> {
        let number = text.parse::<u32>()?;
        if number == 0 {
            return Ok(1);
        }
        Ok(number)
    }

    #[trigger_event("lints:none", ret, err)]
    pub(super) async fn awaits(
        text: &str,
        mut count: u32,
    ) -> Result<u32, core::num::ParseIntError> {
        count += text.parse::<u32>()?;
        core::future::ready(()).await;
        if count == 0 {
            return Ok(1);
        }
        Ok(count)
    }

    #[trigger_event("lints:none")]
    #[track_caller]
    pub(super) fn tracked(number: Option<u8>) -> u8 {
        number.unwrap_or_else(fallback)
    }

    #[track_caller]
    const fn fallback() -> u8 {
        0
    }

    pub(super) struct Pair {
        pub(super) left: u8,
        pub(super) right: (u8, u8),
    }

    #[trigger_event("lints:none")]
    pub(super) fn fields(
        Pair {
            left,
            right: (first, _),
        }: Pair,
        [mut last, ..]: [u8; 2],
    ) -> u8 {
        last += first;
        left + last
    }

    #[trigger_event("lints:none")]
    pub(super) async fn fields_later(
        Pair {
            left,
            right: (mut first, _),
        }: Pair,
        _: u8,
    ) -> u8 {
        first += 1;
        left + first
    }

    #[trigger_event("lints:none")]
    pub(super) fn lint_on_an_argument(
        #[expect(unused_variables, reason = "must fire, and nowhere else")] number: u8,
    ) {
    }

    #[trigger_event("lints:none")]
    pub(super) fn unit(list: &mut Vec<u8>) {
        list.push(1);
    }

    #[trigger_event("lints:none")]
    pub(super) fn returns_impl(to: u8) -> impl Iterator<Item = u8> {
        0..to
    }

    #[trigger_event("lints:none")]
    pub(super) fn closure() -> impl Fn(&str) -> &str {
        |text| text
    }

    #[trigger_event("lints:none")]
    pub(super) fn inner_attributes() -> u8 {
        #![expect(clippy::let_and_return, reason = "an inner attribute")]
        let number = 1;
        number
    }

    #[trigger_event("lints:none")]
    pub(super) fn diverges(list: &[u8]) -> ! {
        std::process::exit(i32::from(list.len() > 1))
    }

    #[trigger_event("lints:none")]
    pub(super) async fn unit_future(list: &mut Vec<u8>) {
        core::future::ready(()).await;
        list.push(1);
    }

    pub(super) trait Named {
        /// A name.
        #[trigger_event("lints:none")]
        fn name(&self) -> String {
            self.short().to_owned()
        }

        /// A short name.
        fn short(&self) -> &str;
    }

    impl Named for String {
        #[trigger_event("lints:none")]
        fn short(&self) -> &str {
            self
        }
    }
}

#[test]
fn attribute_raises_no_lint() {
    use futures::executor::block_on;
    use lints_not_raised::Named;
    let diverges: fn(&[u8]) -> ! = lints_not_raised::diverges;
    assert!(diverges as usize != 0);
    let pair = || lints_not_raised::Pair {
        left: 1,
        right: (2, 3),
    };
    expect_scopes(14, "lints:none", || {
        assert_eq!(lints_not_raised::fields(pair(), [4, 5]), 7);
        assert_eq!(block_on(lints_not_raised::fields_later(pair(), 0)), 4);
        lints_not_raised::lint_on_an_argument(1);
        let mut list = lints_not_raised::moves(vec![1], (2, 0), vec![2]);
        assert_eq!(list, [2, 1]);
        assert_eq!(lints_not_raised::parses("0", 1, 2), Ok(1));
        assert_eq!(block_on(lints_not_raised::awaits("1", 2)), Ok(3));
        assert_eq!(lints_not_raised::tracked(Some(1)), 1);
        lints_not_raised::unit(&mut list);
        assert_eq!(lints_not_raised::returns_impl(2).count(), 2);
        assert_eq!(lints_not_raised::closure()("text"), "text");
        assert_eq!(lints_not_raised::inner_attributes(), 1);
        block_on(lints_not_raised::unit_future(&mut list));
        assert_eq!("text".to_owned().name(), "text");
    });
}
