//! The size of annotated futures, and the depth at which a chain of them is still `Send`.
//!
//! The sizes of `#[instrument(skip_all)]` below are those of tracing 0.1.44 for the same
//! functions, compiled by rustc 1.95. Run with `--nocapture` to see the table.
#![allow(
    clippy::all,
    clippy::pedantic,
    reason = "the functions show signatures and are not idiomatic code"
)]

mod support;

use event_core::{Event, local};
use futures::executor::block_on;
use support::{assert_send, events};

/// A chain of five async functions for each kind of argument, all with the same attribute.
macro_rules! functions {
    ($module:ident #[$($attribute:tt)*]) => {
        mod $module {
            functions! { @chain none [$($attribute)*] () () }
            functions! { @chain word [$($attribute)*] (number: u64) (number) }
            functions! { @chain text [$($attribute)*] (text: String, other: &str) (text, other) }
            functions! { @chain bytes [$($attribute)*] (bytes: [u8; 64]) (bytes) }
            functions! { @kept [$($attribute)*] }
        }
    };
    (@chain $module:ident [$($attribute:tt)*] ($($arg:ident: $ty:ty),*) $pass:tt) => {
        pub(crate) mod $module {
            #[$($attribute)*]
            pub(crate) async fn depth_1($($arg: $ty),*) -> usize {
                std::future::ready(()).await;
                let size = 1;
                $(let _ = &$arg;)*
                size
            }
            functions! { @over [$($attribute)*] depth_2 depth_1 ($($arg: $ty),*) $pass }
            functions! { @over [$($attribute)*] depth_3 depth_2 ($($arg: $ty),*) $pass }
            functions! { @over [$($attribute)*] depth_4 depth_3 ($($arg: $ty),*) $pass }
            functions! { @over [$($attribute)*] depth_5 depth_4 ($($arg: $ty),*) $pass }
        }
    };
    (@over [$($attribute:tt)*] $name:ident $inner:ident $args:tt $pass:tt) => {
        #[$($attribute)*]
        pub(crate) async fn $name $args -> usize {
            $inner $pass.await + 1
        }
    };
    (@kept [$($attribute:tt)*]) => {
        pub(crate) mod kept {
            //! The argument is used after the `.await` too.
            #[$($attribute)*]
            pub(crate) async fn depth_1(bytes: [u8; 64]) -> usize {
                std::future::ready(()).await;
                bytes.len()
            }
            functions! { @keep [$($attribute)*] depth_2 depth_1 }
            functions! { @keep [$($attribute)*] depth_3 depth_2 }
            functions! { @keep [$($attribute)*] depth_4 depth_3 }
            functions! { @keep [$($attribute)*] depth_5 depth_4 }
        }
    };
    (@keep [$($attribute:tt)*] $name:ident $inner:ident) => {
        #[$($attribute)*]
        pub(crate) async fn $name(bytes: [u8; 64]) -> usize {
            $inner(bytes).await + bytes.len()
        }
    };
}

functions! { plain #[allow(clippy::allow_attributes)] }
functions! { annotated #[event_core::trigger_event("futures_size:annotated")] }
functions! { skipping #[event_core::trigger_event("futures_size:skipping", skip_all)] }
functions! { returning #[event_core::trigger_event("futures_size:returning", ret)] }

/// One row of the table: sizes without an attribute, with each of ours, and with tracing.
#[derive(Debug)]
struct Sizes {
    name: &'static str,
    plain: usize,
    annotated: usize,
    skipping: usize,
    returning: usize,
    instrument: usize,
    /// The largest size that is accepted for `annotated`.
    limit: usize,
}

macro_rules! sizes {
    ($($name:ident $depth:ident ($($arg:expr),*) $instrument:literal $limit:literal)*) => {
        [$(Sizes {
            name: concat!(stringify!($name), "::", stringify!($depth)),
            plain: size_of_val(&plain::$name::$depth($($arg),*)),
            annotated: size_of_val(&annotated::$name::$depth($($arg),*)),
            skipping: size_of_val(&skipping::$name::$depth($($arg),*)),
            returning: size_of_val(&returning::$name::$depth($($arg),*)),
            instrument: $instrument,
            limit: $limit,
        }),*]
    };
}

fn sizes() -> [Sizes; 15] {
    sizes! {
        none depth_1 () 96 24
        none depth_3 () 288 72
        none depth_5 () 480 120
        word depth_1 (1) 112 48
        word depth_3 (1) 336 128
        word depth_5 (1) 560 208
        text depth_1 (String::new(), "") 176 144
        text depth_3 (String::new(), "") 528 352
        text depth_5 (String::new(), "") 880 560
        bytes depth_1 ([0; 64]) 224 216
        bytes depth_3 ([0; 64]) 672 520
        bytes depth_5 ([0; 64]) 1120 824
        kept depth_1 ([0; 64]) 224 216
        kept depth_3 ([0; 64]) 672 648
        kept depth_5 ([0; 64]) 1120 1080
    }
}

#[test]
fn futures_without_captures_are_no_larger_than_with_tracing() {
    for sizes in sizes() {
        assert!(sizes.skipping <= sizes.instrument, "{sizes:?}");
    }
}

#[test]
fn futures_with_captures_are_no_larger_than_with_tracing_skip_all() {
    let mut larger = Vec::new();
    for sizes in sizes() {
        let Sizes {
            name,
            plain,
            annotated,
            skipping,
            returning,
            instrument,
            limit,
        } = sizes;
        println!(
            "{name:15} plain {plain:4}, annotated {annotated:4}, skip_all {skipping:4}, \
             ret {returning:4}, instrument(skip_all) {instrument:4}"
        );
        if annotated > instrument.min(limit) {
            larger.push(format!("{name}: {annotated} > {instrument} or {limit}"));
        }
    }
    assert!(larger.is_empty(), "{larger:?}");
}

#[test]
fn captures_and_ret_do_not_grow_futures() {
    for sizes in sizes() {
        assert_eq!(sizes.annotated, sizes.skipping, "{}", sizes.name);
        assert_eq!(sizes.returning, sizes.annotated, "{}", sizes.name);
    }
}

#[test]
fn future_size_grows_by_a_constant_per_level() {
    for levels in sizes().chunks_exact(3) {
        for size in [|it: &Sizes| it.annotated, |it: &Sizes| it.skipping] {
            let [one, three, five] = [0, 1, 2].map(|level| size(&levels[level]));
            assert!(five - three <= three - one + 8, "{one} {three} {five}");
        }
    }
}

/// Chains of functions, each of which awaits the next.
///
/// An awaited function is defined before its caller. Otherwise rustc computes layouts inside
/// layouts, for which it has a limit of 128.
mod chains {
    use std::future::ready;

    use event_core::trigger_event;

    macro_rules! chain {
        ([$($attribute:tt)*] $last:ident) => {
            #[$($attribute)*]
            pub(crate) async fn $last(depth: u32) -> u32 {
                ready(()).await;
                depth
            }
        };
        ([$($attribute:tt)*] $first:ident $second:ident $($rest:ident)*) => {
            chain! { [$($attribute)*] $second $($rest)* }
            #[$($attribute)*]
            pub(crate) async fn $first(depth: u32) -> u32 {
                $second(depth + 1).await
            }
        };
    }

    pub(crate) type Boxed = Box<dyn std::error::Error + Send + Sync>;

    macro_rules! fallible {
        ($last:ident) => {
            #[trigger_event("futures_size:send_err", ret, err)]
            pub(crate) async fn $last(depth: u32, text: &str) -> Result<u32, Boxed> {
                Ok(depth + text.parse::<u32>()?)
            }
        };
        ($first:ident $second:ident $($rest:ident)*) => {
            fallible! { $second $($rest)* }
            #[trigger_event("futures_size:send_err", ret, err)]
            pub(crate) async fn $first(depth: u32, text: &str) -> Result<u32, Boxed> {
                let depth = $second(depth + 1, text).await?;
                Ok(depth)
            }
        };
    }

    pub(crate) mod plain {
        use super::ready;

        chain! {
            [allow(clippy::allow_attributes)]
            a01 a02 a03 a04 a05 a06 a07 a08 a09 a10 a11 a12 a13 a14 a15 a16 a17 a18 a19 a20
            a21 a22 a23 a24 a25 a26 a27 a28 a29 a30 a31 a32 a33 a34 a35 a36 a37 a38 a39 a40
        }
    }

    pub(crate) mod annotated {
        use super::{ready, trigger_event};

        chain! {
            [trigger_event("futures_size:send")]
            a01 a02 a03 a04 a05 a06 a07 a08 a09 a10 a11 a12 a13 a14 a15 a16 a17 a18 a19 a20
        }
    }

    pub(crate) mod returning {
        use super::{ready, trigger_event};

        chain! {
            [trigger_event("futures_size:send_ret", ret)]
            a01 a02 a03 a04 a05 a06 a07 a08 a09 a10 a11 a12 a13 a14 a15 a16 a17 a18 a19 a20
        }
    }

    pub(crate) mod failing {
        use super::{Boxed, trigger_event};

        fallible! {
            a01 a02 a03 a04 a05 a06 a07 a08 a09 a10 a11 a12 a13 a14 a15 a16 a17 a18 a19 a20
        }
    }
}

#[test]
fn forty_nested_plain_functions_are_send() {
    assert_eq!(block_on(assert_send(chains::plain::a01(1))), 40);
}

#[test]
fn twenty_nested_annotated_functions_are_send() {
    let recorder = local::install_recorder("futures_size:send");
    assert_eq!(block_on(assert_send(chains::annotated::a01(1))), 20);
    assert_eq!(recorder.len(), 40);
}

#[test]
fn twenty_nested_annotated_functions_with_ret_are_send() {
    let recorder = local::install_recorder("futures_size:send_ret");
    assert_eq!(block_on(assert_send(chains::returning::a01(1))), 20);
    assert_eq!(
        recorder.lines()[39],
        "END futures_size:send_ret a01 depth=1 return=20"
    );
}

#[test]
fn twenty_nested_fallible_functions_are_send() {
    let recorder = local::install_recorder("futures_size:send_err");
    let chain = chains::failing::a01;
    assert_eq!(block_on(assert_send(chain(1, "5"))).unwrap(), 25);
    assert!(block_on(assert_send(chain(1, "x"))).is_err());
    let failed = events(&recorder).into_iter().filter(Event::is_failed);
    assert_eq!((failed.count(), recorder.len()), (20, 80));
}
