//! Expansions compile in a crate that forbids lints, which no `allow` can lift.
// Clippy sees no expansions, and would judge the tests instead.
#![cfg_attr(
    clippy,
    allow(clippy::all, clippy::pedantic, reason = "faults are part of the test")
)]
#![cfg_attr(
    not(clippy),
    forbid(
        warnings,
        unused,
        nonstandard_style,
        future_incompatible,
        rust_2018_idioms,
        let_underscore,
        refining_impl_trait
    )
)]
#![cfg_attr(
    not(clippy),
    forbid(
        dead_code,
        unreachable_code,
        unreachable_patterns,
        unused_assignments,
        unused_braces,
        unused_imports,
        unused_labels,
        unused_macros,
        unused_must_use,
        unused_mut,
        unused_parens,
        unused_qualifications,
        unused_results,
        unused_variables
    )
)]
#![cfg_attr(
    not(clippy),
    forbid(
        elided_lifetimes_in_paths,
        let_underscore_drop,
        missing_debug_implementations,
        missing_docs,
        non_snake_case,
        single_use_lifetimes,
        trivial_casts,
        unit_bindings,
        unreachable_pub,
        unsafe_code,
        unused_lifetimes
    )
)]

use core::fmt::Debug;
use core::future::ready;
use core::num::ParseIntError;

use event_core::local::install_recorder;
use event_core::{Event, EventData, Kind, Listener, trigger_event};
use futures::executor::block_on;

const KIND: Kind = Kind::from_static("forbid:constant");

#[trigger_event(KIND, skip(right), ret)]
fn skips(left: u32, right: u32) -> u32 {
    left + right
}

#[trigger_event("forbid:sync", data(len = text.len()), ret, err)]
fn parses(text: &str, _unused: u8, (left, _): (u32, u8)) -> Result<u32, ParseIntError> {
    let number = text.parse::<u32>()?;
    if number == 0 {
        return Ok(left);
    }
    Ok(number)
}

#[trigger_event("forbid:sync")]
fn always_returns_early(positive: bool, mut list: Vec<u8>) -> Vec<u8> {
    list.push(1);
    if positive {
        return list;
    } else {
        return Vec::new();
    }
}

#[trigger_event("forbid:sync", data(list = ?list))]
fn captured_and_returned_early(positive: bool, mut list: Vec<u8>) -> Vec<u8> {
    list.push(1);
    if positive {
        return list;
    } else {
        return Vec::new();
    }
}

#[trigger_event("forbid:sync")]
fn diverges(text: &str) -> ! {
    panic!("{text}")
}

#[trigger_event("forbid:sync", ret, err)]
#[track_caller]
fn tracked(text: &str) -> Result<u32, ParseIntError> {
    let number = text.parse::<u32>()?;
    match number {
        0 => return Ok(1),
        number => return Ok(number),
    }
}

#[trigger_event("forbid:sync", ret)]
#[track_caller]
fn tracked_opaque(number: u32) -> impl Debug {
    number
}

#[trigger_event("forbid:sync", ret)]
#[track_caller]
fn tracked_never(text: &str) -> ! {
    panic!("{text}")
}

#[trigger_event("forbid:sync")]
#[track_caller]
fn tracked_future(number: u8) -> impl Future<Output = u8> {
    ready(number)
}

#[trigger_event("forbid:sync", ret)]
fn returned_future(number: u8) -> impl Future<Output = u8> {
    ready(number)
}

#[trigger_event("forbid:sync", ret)]
fn boxed_future(number: u8) -> core::pin::Pin<Box<dyn Future<Output = u8>>> {
    Box::pin(ready(number))
}

#[trigger_event("forbid:sync")]
fn returns_closure() -> impl Fn(&str) -> &str {
    |text| text
}

#[trigger_event("forbid:async", ret, err)]
async fn awaits(text: &str, mut count: u32) -> Result<u32, ParseIntError> {
    count += text.parse::<u32>()?;
    ready(()).await;
    return Ok(count);
}

#[trigger_event("forbid:async", skip_all)]
async fn awaits_nothing(text: &str) -> usize {
    text.len()
}

#[trigger_event("forbid:async")]
async fn awaits_never() -> ! {
    ready(()).await;
    panic!("never")
}

enum Void {}

#[trigger_event("forbid:async")]
async fn awaits_void() -> Result<u8, Void> {
    ready(()).await;
    Ok(1)
}

#[trigger_event("forbid:async")]
async fn awaits_only_void() -> Void {
    ready(()).await;
    panic!("never")
}

struct Stack(Vec<u32>);

#[trigger_event("forbid:block", err, skip(value))]
impl Stack {
    fn push(&mut self, value: u32) -> Result<usize, String> {
        self.0.push(value);
        Ok(self.0.len())
    }

    async fn pop(&mut self) -> Option<u32> {
        ready(()).await;
        self.0.pop()
    }
}

trait Named {
    #[trigger_event("forbid:block")]
    fn name(&self, _: u8) -> String {
        String::new()
    }
}

impl Named for Stack {}

#[derive(EventData)]
struct Data<'text> {
    number: u8,
    #[data(display)]
    text: &'text str,
}

#[derive(EventData)]
struct NoData {}

#[derive(Listener)]
#[listen(KIND, on_end = Self::ended, wants_data = false)]
struct Quiet;

impl Quiet {
    #[trigger_event("forbid:nested")]
    fn ended(&self, event: &Event<'_>) {
        assert_eq!(event.kind(), KIND);
        assert!(matches!(self, Self));
    }
}

#[derive(Listener)]
#[listen("forbid:*", on_start = Self::started)]
struct Forwards {
    #[listen(forward)]
    quiet: Quiet,
}

impl Forwards {
    fn started(&self, event: &Event<'_>) {
        self.quiet.ended(event);
    }
}

#[derive(Listener)]
enum Either {
    Left(Quiet),
    Right(Forwards),
}

#[test]
fn expansions_compile_where_lints_are_forbidden() {
    let recorder = install_recorder("forbid:*");
    assert_eq!(skips(1, 2), 3);
    assert_eq!(parses("0", 1, (2, 3)), Ok(2));
    assert_eq!(always_returns_early(true, Vec::new()), [1]);
    assert_eq!(captured_and_returned_early(true, Vec::new()), [1]);
    assert_eq!(tracked("0"), Ok(1));
    assert_eq!(format!("{:?}", tracked_opaque(2)), "2");
    assert_eq!(block_on(tracked_future(3)), 3);
    assert_eq!(block_on(returned_future(3)), 3);
    assert_eq!(block_on(boxed_future(3)), 3);
    assert_eq!(returns_closure()("text"), "text");
    assert_eq!(block_on(awaits("1", 2)), Ok(3));
    assert_eq!(block_on(awaits_nothing("text")), 4);
    let mut stack = Stack(Vec::new());
    assert_eq!(stack.push(1), Ok(1));
    assert_eq!(block_on(stack.pop()), Some(1));
    assert_eq!(stack.name(1), "");
    assert_eq!(recorder.len(), 30);
}

#[test]
fn derived_code_compiles_where_lints_are_forbidden() {
    let data = Data {
        number: 1,
        text: "a",
    };
    assert_eq!((&data).with_data(|data| data.len()), 2);
    assert_eq!(data.number.to_string() + data.text, "1a");
    assert_eq!(NoData {}.with_data(|data| data.len()), 0);
    for listener in [
        Either::Left(Quiet),
        Either::Right(Forwards { quiet: Quiet }),
    ] {
        assert!(listener.wants_data() == matches!(listener, Either::Right(_)));
    }
}

#[test]
fn functions_that_never_return_compile_where_lints_are_forbidden() {
    let diverging: [fn(&str) -> !; 2] = [diverges, tracked_never];
    for diverge in diverging {
        let panic = std::panic::catch_unwind(|| diverge("never")).err();
        assert!(panic.is_some());
    }
    assert!(std::panic::catch_unwind(|| block_on(awaits_never())).is_err());
    assert!(std::panic::catch_unwind(|| block_on(awaits_only_void())).is_err());
    assert!(matches!(block_on(awaits_void()), Ok(1)));
}
