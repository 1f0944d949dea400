//! Expansions depend on no name in scope. Warnings of every lint group are errors in this file.
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
    clippy::needless_pass_by_value,
    clippy::question_mark_used,
    clippy::single_call_fn,
    clippy::unnecessary_wraps,
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

mod shadowed_types {
    //! Items with the names of items in the prelude and the standard library.
    use event_core::{local, trigger_event};

    #[derive(Debug, PartialEq, Clone, Copy)]
    #[expect(dead_code, reason = "only their names matter")]
    enum Option {
        Some,
        None,
    }
    #[derive(Debug, PartialEq)]
    struct Result(u8);
    #[derive(Debug)]
    #[expect(dead_code, reason = "only their names matter")]
    struct Vec;
    #[expect(dead_code, reason = "only their names matter")]
    struct String;
    #[expect(dead_code, reason = "only their names matter")]
    struct Box;
    #[expect(dead_code, reason = "only their names matter")]
    trait Sync {}
    #[expect(dead_code, reason = "only their names matter")]
    trait Send {}
    #[expect(dead_code, reason = "only their names matter")]
    trait FnOnce {}
    #[expect(dead_code, reason = "only their names matter")]
    trait Future {}
    #[expect(dead_code, reason = "only their names matter")]
    trait Into {}
    #[expect(non_snake_case, dead_code, reason = "only their names matter")]
    const fn Some() {}
    #[expect(non_snake_case, dead_code, reason = "only their names matter")]
    const fn None() {}
    #[expect(non_snake_case, dead_code, reason = "only their names matter")]
    const fn Ok() {}
    #[expect(non_upper_case_globals, dead_code, reason = "only their names matter")]
    const Err: u8 = 0;
    #[expect(non_camel_case_types, dead_code, reason = "only their names matter")]
    type bool = u8;
    #[expect(non_camel_case_types, dead_code, reason = "only their names matter")]
    struct str;
    #[expect(non_camel_case_types, dead_code, reason = "only their names matter")]
    struct usize;
    #[expect(dead_code, reason = "only their names matter")]
    struct Site;
    #[expect(dead_code, reason = "only their names matter")]
    struct Field;
    #[expect(dead_code, reason = "only their names matter")]
    struct Kind;
    #[expect(dead_code, reason = "only their names matter")]
    struct Value;
    static SITE: u8 = 0;
    static EVENT_CORE_SITE: u8 = 0;

    #[trigger_event("hygiene:types", ret)]
    fn sync(number: u8, option: Option) -> Result {
        let _: u8 = EVENT_CORE_SITE + SITE;
        let _: Option = option;
        Result(number)
    }

    #[trigger_event("hygiene:types", ret)]
    async fn asynchronous(number: u8) -> Result {
        Result(number)
    }

    #[trigger_event("hygiene:types")]
    #[track_caller]
    fn tracked(number: u8) -> Result {
        Result(number)
    }

    #[trigger_event("hygiene:types", err)]
    fn fallible(good: core::primitive::bool) -> core::result::Result<u8, u8> {
        if good {
            core::result::Result::Ok(1)
        } else {
            core::result::Result::Err(2)
        }
    }

    #[test]
    fn type_names_can_be_shadowed() {
        let recorder = local::install_recorder("hygiene:types");
        assert_eq!(sync(1, Option::Some), Result(1));
        assert_eq!(tracked(1), Result(1));
        assert_eq!(fallible(true), core::result::Result::Ok(1));
        assert_eq!(futures::executor::block_on(asynchronous(2)), Result(2));
        assert_eq!(recorder.len(), 8);
    }
}

mod shadowed_crates {
    //! Modules with the names of crates that an expansion uses.
    mod core {
        pub(super) mod option {}
    }
    #[expect(dead_code, reason = "only its name matters")]
    mod std {
        pub(super) const NOTHING: u8 = 0;
    }
    #[expect(dead_code, reason = "only its name matters")]
    mod alloc {
        pub(super) const NOTHING: u8 = 0;
    }
    #[expect(dead_code, reason = "only its name matters")]
    mod event_core {
        pub(super) const NOTHING: u8 = 0;
    }

    #[::event_core::trigger_event("hygiene:crates", data(number = number + 1), ret, err)]
    pub(super) fn sync(number: u8) -> Result<u8, String> {
        Ok(number)
    }

    #[::event_core::trigger_event("hygiene:crates", data(number = number + 1), ret, err)]
    pub(super) async fn asynchronous(number: u8) -> Result<u8, String> {
        Ok(number)
    }

    #[::event_core::trigger_event("hygiene:crates")]
    #[track_caller]
    pub(super) fn tracked(number: u8) -> u8 {
        number
    }
}

#[test]
fn crate_names_can_be_shadowed() {
    expect_scopes(3, "hygiene:crates", || {
        assert_eq!(shadowed_crates::sync(1), Ok(1));
        assert_eq!(
            futures::executor::block_on(shadowed_crates::asynchronous(1)),
            Ok(1)
        );
        assert_eq!(shadowed_crates::tracked(1), 1);
    });
}

mod shadowed_macros {
    //! Macros with the names of macros in the standard library.
    use event_core::trigger_event;

    #[expect(unused_macros, reason = "only their names matter")]
    macro_rules! stringify {
        ($($any:tt)*) => {
            compile_error!("a macro of the user")
        };
    }
    #[expect(unused_macros, reason = "only their names matter")]
    macro_rules! format {
        ($($any:tt)*) => {
            compile_error!("a macro of the user")
        };
    }
    #[expect(unused_macros, reason = "only their names matter")]
    macro_rules! vec {
        ($($any:tt)*) => {
            compile_error!("a macro of the user")
        };
    }
    #[expect(unused_macros, reason = "only their names matter")]
    macro_rules! file {
        ($($any:tt)*) => {
            compile_error!("a macro of the user")
        };
    }
    #[expect(unused_macros, reason = "only their names matter")]
    macro_rules! line {
        ($($any:tt)*) => {
            compile_error!("a macro of the user")
        };
    }
    #[expect(unused_macros, reason = "only their names matter")]
    macro_rules! module_path {
        ($($any:tt)*) => {
            compile_error!("a macro of the user")
        };
    }
    #[expect(unused_macros, reason = "only their names matter")]
    macro_rules! matches {
        ($($any:tt)*) => {
            compile_error!("a macro of the user")
        };
    }
    #[expect(unused_macros, reason = "only their names matter")]
    macro_rules! panic {
        ($($any:tt)*) => {
            compile_error!("a macro of the user")
        };
    }

    #[trigger_event("hygiene:macros", data(plain = number, debug = ?number, display = %number), ret, err)]
    pub(super) fn sync(number: u8) -> Result<u8, u8> {
        Ok(number)
    }

    #[trigger_event("hygiene:macros", ret, err)]
    pub(super) async fn asynchronous(number: u8) -> Result<u8, u8> {
        Ok(number)
    }

    #[test]
    fn data_macro_ignores_shadowed_macros() {
        trigger_event(
            "hygiene:macros_data",
            event_core::data! { one = 1, two = ?2, three = %3 },
            || {},
        );
    }
}

#[test]
fn macro_names_can_be_shadowed() {
    expect_scopes(2, "hygiene:macros", || {
        assert_eq!(shadowed_macros::sync(1), Ok(1));
        assert_eq!(
            futures::executor::block_on(shadowed_macros::asynchronous(1)),
            Ok(1)
        );
    });
}

mod greedy_traits {
    //! Traits that give every type methods with the names that an expansion calls.
    use event_core::trigger_event;

    macro_rules! greedy {
        ($($method:ident)*) => {
            /// Has a method for each name.
            #[allow(clippy::wrong_self_convention, clippy::should_implement_trait, clippy::new_ret_no_self, clippy::iter_not_returning_iterator, reason = "the names matter, not the signatures")]
            #[expect(dead_code, reason = "only the names matter")]
            pub(super) trait Greedy: Sized {
                $(
                    #[doc = stringify!($method)]
                    fn $method(self) -> Taken { Taken }
                )*
            }
        };
    }

    /// The result of each greedy method.
    pub(super) struct Taken;

    greedy! {
        capture into_owned as_slice as_flattened start run wrap interest hearing once argument given place
        enter start_future end fail new returned failed then map iter len clone as_ref borrow
        primitive textual debug display value kind inspect error poll into_future into unwrap
    }

    impl<T> Greedy for T {}

    #[trigger_event("hygiene:greedy", data(plain = number, other = ?number), ret, err)]
    pub(super) fn sync(number: u8, text: &str, list: Vec<u32>) -> Result<u8, u8> {
        let _: Taken = Greedy::iter(&list);
        if text.is_empty() {
            Ok(number)
        } else {
            Err(number)
        }
    }

    #[trigger_event("hygiene:greedy", data(plain = number, other = ?number), ret, err)]
    pub(super) async fn asynchronous(number: u8, list: Vec<u32>) -> Result<u8, u8> {
        if list.is_empty() {
            Ok(number)
        } else {
            Err(number)
        }
    }

    #[trigger_event("hygiene:greedy", data(plain = number, other = %number))]
    #[track_caller]
    pub(super) fn tracked(number: u8) -> u8 {
        number
    }
}

#[test]
fn traits_in_scope_do_not_capture_method_calls() {
    expect_scopes(3, "hygiene:greedy", || {
        assert_eq!(greedy_traits::sync(1, "", vec![]), Ok(1));
        assert_eq!(
            futures::executor::block_on(greedy_traits::asynchronous(1, vec![])),
            Ok(1)
        );
        assert_eq!(greedy_traits::tracked(1), 1);
    });
}

#[no_implicit_prelude]
mod no_prelude {
    //! Not even `Option` is in scope here.
    #[::event_core::trigger_event("hygiene:no_prelude", data(sum = number + 1, text = %number), ret, err)]
    pub(super) fn sync(number: u8, _: &str) -> ::core::result::Result<u8, ::core::fmt::Error> {
        ::core::result::Result::Ok(number)
    }

    #[::event_core::trigger_event("hygiene:no_prelude", ret, err)]
    pub(super) async fn asynchronous(number: u8) -> ::core::result::Result<u8, u8> {
        ::core::result::Result::Ok(number)
    }

    #[::event_core::trigger_event("hygiene:no_prelude")]
    #[track_caller]
    pub(super) fn tracked(number: u8) -> u8 {
        number
    }

    pub(super) fn data() {
        ::event_core::trigger_event(
            "hygiene:no_prelude",
            ::event_core::data! { one = 1, two = ?2, three = %3 },
            || {},
        );
    }
}

#[test]
fn modules_without_a_prelude_compile() {
    expect_scopes(4, "hygiene:no_prelude", || {
        assert_eq!(no_prelude::sync(1, ""), Ok(1));
        assert_eq!(
            futures::executor::block_on(no_prelude::asynchronous(1)),
            Ok(1)
        );
        assert_eq!(no_prelude::tracked(1), 1);
        no_prelude::data();
    });
}

mod renamed {
    //! The crate under another name.
    pub(super) mod reexported {
        pub(in super::super) use ::event_core as events;
    }

    use reexported::events::trigger_event;

    #[trigger_event("hygiene:renamed", crate = crate::renamed::reexported::events, data(two = 2), ret, err)]
    pub(super) fn by_crate(number: u8) -> Result<u8, u8> {
        Ok(number)
    }

    #[trigger_event("hygiene:renamed", ret, crate = self::reexported::events)]
    pub(super) fn by_self(number: u8) -> u8 {
        number
    }

    #[trigger_event("hygiene:renamed", crate = reexported::events)]
    pub(super) async fn by_name(number: u8) -> u8 {
        number
    }

    #[trigger_event("hygiene:renamed", crate = ::event_core)]
    #[trigger_event("hygiene:renamed_inner", crate = crate::renamed::reexported::events)]
    pub(super) fn nested(number: u8) -> u8 {
        number
    }
}

#[test]
fn crate_path_can_be_renamed() {
    expect_scopes(4, "hygiene:renamed", || {
        assert_eq!(renamed::by_crate(1), Ok(1));
        assert_eq!(renamed::by_self(1), 1);
        assert_eq!(futures::executor::block_on(renamed::by_name(1)), 1);
        assert_eq!(renamed::nested(1), 1);
    });
}
