//! Items in annotated blocks that are hard to parse: braces, attributes, and code from macros.
#![allow(
    dead_code,
    clippy::all,
    clippy::pedantic,
    reason = "the functions show signatures and are not idiomatic code"
)]
#![allow(unused_braces, reason = "braces outside of bodies are under test")]

mod support;

use event_core::{Event, EventStatus, Listener, RecordingListener, local, trigger_event};
use support::{expect_scopes, started_functions};

struct Holder<T, const N: usize>([T; N]);

struct Braces;

#[trigger_event("block_parsing:braces")]
impl Braces {
    fn within_a_type(held: Holder<fn() -> u8, { 1 + 1 }>) -> usize {
        held.0.len()
    }
}

#[trigger_event("block_parsing:inner")]
mod inner {
    //! An inner attribute.
    #![allow(dead_code)]
    #![allow(non_snake_case)]

    pub(super) fn Named(n: u8) -> u8 {
        n
    }
}

#[trigger_event("block_parsing:inner")]
impl Holder<u8, 1> {
    #![allow(non_snake_case)]

    fn First(&self) -> u8 {
        self.0[0]
    }
}

#[test]
fn braces_inside_a_type_are_not_a_body() {
    let call = || assert_eq!(Braces::within_a_type(Holder([|| 1, || 2])), 2);
    expect_scopes(1, "block_parsing:braces", call);
}

#[test]
fn inner_attributes_of_blocks_stay_in_place() {
    expect_scopes(1, "block_parsing:inner", || _ = inner::Named(1));
    expect_scopes(1, "block_parsing:inner", || _ = Holder([1_u8]).First());
}

/// A function keeps its one scope beside a `cfg_attr` and a visibility that a macro inserts.
#[test]
fn cfg_attr_and_macro_visibility_are_not_items() {
    macro_rules! with_visibility {
        ($vis:vis $name:ident) => {
            #[trigger_event("block_parsing:vis")]
            mod $name {
                #[cfg_attr(all(), inline)]
                $vis fn seen() {}
            }
        };
    }
    with_visibility!(pub(super) given);
    with_visibility!(pub(crate) more);
    expect_scopes(1, "block_parsing:vis", given::seen);
    expect_scopes(1, "block_parsing:vis", more::seen);
}

/// `skip` applies to every function of the block that has an argument of this name.
#[test]
fn block_skip_applies_only_where_the_argument_exists() {
    #[trigger_event("block_parsing:skip", skip(secret))]
    mod skips {
        pub(super) fn with(secret: u8, n: u8) -> u8 {
            secret + n
        }
        pub(super) fn without(n: u8) -> u8 {
            n
        }
    }
    let recorder = local::install_recorder("block_parsing:skip");
    assert_eq!(skips::with(1, 2) + skips::without(3), 6);
    let buffer = recorder.buffer();
    let data = |place: usize| buffer[place].1.data().to_string();
    assert_eq!((data(0), data(2)), ("n=2".into(), "n=3".into()));
}

/// The derive recognises the type itself in parentheses.
#[test]
fn listener_can_contain_itself_inside_another_type() {
    #[derive(Listener, Default)]
    #[listen("block_parsing:chain")]
    struct Chain {
        #[listen(forward)]
        recorder: RecordingListener,
        #[allow(unused_parens)]
        #[listen(forward)]
        next: Option<Box<(Chain)>>,
    }
    let chain = Chain {
        next: Some(Box::default()),
        ..Chain::default()
    };
    chain.on_start(&Event::new("block_parsing:chain", EventStatus::Start));
    assert_eq!(chain.recorder.len(), 1);
    assert_eq!(chain.next.expect("`next` is set").recorder.len(), 1);
}

struct Arrays<const N: usize>;

trait Length<const N: usize> {
    fn length(&self) -> usize;
}

#[trigger_event("block_parsing:signature_braces")]
impl Length<{ 1 + 2 }> for Arrays<{ 3 }> {
    fn length(&self) -> usize {
        3
    }
}

#[trigger_event("block_parsing:signature_braces")]
impl Arrays<{ 2 }> {
    fn two(&self) -> Arrays<{ 1 + 1 }> {
        Self
    }

    fn of(_: Arrays<{ 4 }>, _: [u8; { 1 }]) -> [u8; { 1 }] {
        [0]
    }
}

#[trigger_event("block_parsing:signature_braces")]
mod braces {
    use super::Arrays;

    pub(crate) fn make() -> Arrays<{ 5 }> {
        Arrays
    }

    impl Arrays<{ 5 }> {
        pub(crate) fn five(&self) -> usize {
            5
        }
    }

    pub(crate) trait Default<const N: usize = { 3 }> {
        fn provided(&self) -> usize {
            N
        }
    }

    impl Default for u8 {}
}

#[test]
fn braces_in_signatures_are_not_bodies() {
    let recorder = local::install_recorder("block_parsing:signature_braces");
    assert_eq!(Length::length(&Arrays::<3>), 3);
    let _: Arrays<2> = Arrays::<2>.two();
    assert_eq!(Arrays::<2>::of(Arrays, [0]), [0]);
    assert_eq!(braces::make().five(), 5);
    assert_eq!(braces::Default::provided(&1), 3);
    assert_eq!(
        started_functions(&recorder),
        ["length", "two", "of", "make", "five", "provided"]
    );
}

#[test]
fn braces_in_signatures_are_not_bodies_when_arguments_are_skipped() {
    struct Skipped;
    #[trigger_event("block_parsing:braces_skip", skip(secret), err)]
    impl Skipped {
        fn braces(secret: u8) -> Arrays<{ 2 }> {
            let _ = secret;
            Arrays
        }
        fn none() -> Arrays<{ 2 }> {
            Arrays
        }
        fn fallible() -> Result<Arrays<{ 2 }>, ()> {
            Ok(Arrays)
        }
    }
    let recorder = local::install_recorder("block_parsing:braces_skip");
    let _: (Arrays<2>, Arrays<2>) = (Skipped::braces(1), Skipped::none());
    let _: Result<Arrays<2>, ()> = Skipped::fallible();
    assert_eq!(
        recorder.lines()[0],
        "START block_parsing:braces_skip Skipped::braces"
    );
    assert_eq!(recorder.len(), 6);
}

macro_rules! method {
    ($name:ident, $vis:vis, $output:ty, $body:block) => {
        #[trigger_event("block_parsing:macro", err)]
        impl Made {
            $vis fn $name(&self) -> $output $body

            fn plain(&self) {}
        }
    };
}

struct Made;

method! { made, pub(crate), Result<u8, String>, { Err("made".into()) } }

#[test]
fn bodies_and_types_can_come_from_a_macro() {
    let recorder = local::install_recorder("block_parsing:macro");
    assert!(Made.made().is_err());
    Made.plain();
    assert_eq!(started_functions(&recorder), ["made", "plain"]);
    assert!(recorder.buffer()[1].1.is_failed());
}

macro_rules! items {
    ($name:ident { $($item:item)* }) => {
        #[trigger_event("block_parsing:items")]
        mod $name {
            $($item)*
        }
    };
}

items! {
    itemized {
        pub(crate) fn free() {}
        pub(crate) struct Item;
        impl Item {
            pub(crate) fn method(&self) {}
        }
    }
}

#[test]
fn items_can_come_from_a_macro() {
    let recorder = local::install_recorder("block_parsing:items");
    itemized::free();
    itemized::Item.method();
    assert_eq!(started_functions(&recorder), ["free", "method"]);
}

#[test]
fn attributes_inside_cfg_attr_are_recognised() {
    struct Conditional;
    #[trigger_event("block_parsing:cfg_attr_block")]
    impl Conditional {
        #[cfg_attr(all(), trigger_event(skip))]
        fn left_out() {}
        #[cfg_attr(all(), trigger_event("block_parsing:cfg_attr_own"))]
        fn own() {}
        #[cfg_attr(any(), trigger_event(skip))]
        fn own_attribute_disabled() {}
    }
    let recorder = local::install_recorder("block_parsing:cfg_attr_*");
    Conditional::left_out();
    Conditional::own();
    Conditional::own_attribute_disabled();
    assert_eq!(
        recorder.lines(),
        [
            "START block_parsing:cfg_attr_own Conditional::own",
            "END block_parsing:cfg_attr_own Conditional::own",
            "START block_parsing:cfg_attr_block Conditional::own_attribute_disabled",
            "END block_parsing:cfg_attr_block Conditional::own_attribute_disabled"
        ]
    );
}

#[test]
fn other_attributes_of_functions_and_blocks_are_kept() {
    struct Kept;
    #[allow(dead_code)]
    #[trigger_event("block_parsing:attributes")]
    #[cfg(not(any()))]
    impl Kept {
        #[inline]
        #[doc(hidden)]
        #[track_caller]
        fn caller() -> u32 {
            std::panic::Location::caller().line()
        }

        #[deprecated]
        fn old() {}

        fn never_called() {}
    }
    let recorder = local::install_recorder("block_parsing:attributes");
    assert_eq!(Kept::caller(), line!());
    #[expect(deprecated, reason = "must fire")]
    Kept::old();
    assert_eq!(started_functions(&recorder), ["caller", "old"]);
}
