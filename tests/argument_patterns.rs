//! Arguments that are patterns: each binding is captured, and none becomes unused.
//!
//! Parts without a binding are dropped at the same moment as in a plain function.
#![deny(unused)]
#![allow(
    dead_code,
    unused_parens,
    clippy::all,
    clippy::pedantic,
    reason = "the functions show signatures and are not idiomatic code"
)]

use std::cell::RefCell;

use event_core::{local, trigger_event};

thread_local! {
    static LOG: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
}

/// Writes its name to the log when it is dropped.
#[derive(Debug)]
struct LogsDrop(&'static str);

impl Drop for LogsDrop {
    fn drop(&mut self) {
        LOG.with_borrow_mut(|log| log.push(self.0));
    }
}

fn two() -> (LogsDrop, LogsDrop) {
    (LogsDrop("bound"), LogsDrop("unbound"))
}

/// Returns the names of the values that `call` drops, and `END` where its END is sent.
fn drops(kind: &'static str, call: impl FnOnce()) -> Vec<&'static str> {
    let log_ends = event_core::from_fn(|event: &event_core::Event<'_>| {
        if event.is_end() {
            LOG.with_borrow_mut(|log| log.push("END"));
        }
    });
    let _listener = local::install_listener(kind, log_ends);
    call();
    LOG.take()
}

struct Tuple(LogsDrop, LogsDrop);

struct Named {
    bound: LogsDrop,
    unbound: LogsDrop,
}

#[test]
fn unbound_pattern_parts_are_dropped_before_the_end() {
    #[trigger_event("argument_patterns:unbound")]
    fn tuple((_bound, _): (LogsDrop, LogsDrop)) {}
    #[trigger_event("argument_patterns:unbound")]
    fn nested(((_bound, _), _): ((LogsDrop, LogsDrop), u8)) {}
    #[trigger_event("argument_patterns:unbound")]
    fn parentheses(((_bound), (_)): (LogsDrop, LogsDrop)) {}
    #[trigger_event("argument_patterns:unbound")]
    fn tuple_struct(Tuple(_bound, _): Tuple) {}
    #[trigger_event("argument_patterns:unbound")]
    fn slice([_bound, _]: [LogsDrop; 2]) {}
    #[trigger_event("argument_patterns:unbound")]
    fn rest([_bound, ..]: [LogsDrop; 2]) {}
    #[trigger_event("argument_patterns:unbound")]
    fn named(Named { bound: _bound, .. }: Named) {}
    #[trigger_event("argument_patterns:unbound")]
    fn named_field(
        Named {
            bound: _bound,
            unbound: _,
        }: Named,
    ) {
    }
    let kind = "argument_patterns:unbound";
    let order = ["bound", "unbound", "END"];
    let (bound, unbound) = two();
    assert_eq!(drops(kind, || tuple((bound, unbound))), order);
    assert_eq!(drops(kind, || nested((two(), 1))), order);
    assert_eq!(drops(kind, || parentheses(two())), order);
    let (bound, unbound) = two();
    assert_eq!(drops(kind, || tuple_struct(Tuple(bound, unbound))), order);
    assert_eq!(drops(kind, || slice(two().into())), order);
    assert_eq!(drops(kind, || rest(two().into())), order);
    let (bound, unbound) = two();
    assert_eq!(drops(kind, || named(Named { bound, unbound })), order);
    let (bound, unbound) = two();
    assert_eq!(drops(kind, || named_field(Named { bound, unbound })), order);
}

/// Returns the data of the START that `call` triggers.
fn start(kind: &'static str, call: impl FnOnce()) -> String {
    let recorder = local::install_recorder(kind);
    call();
    recorder.buffer()[0].1.data().to_string()
}

struct Pair(u8, u8);

struct Point {
    x: u8,
    y: u8,
}

#[test]
fn each_binding_of_a_pattern_is_captured() {
    #[trigger_event("argument_patterns:bound")]
    fn parentheses((a): u8) -> u8 {
        a
    }
    #[trigger_event("argument_patterns:bound")]
    fn either((Ok(n) | Err(n)): Result<u8, u8>) -> u8 {
        n
    }
    #[trigger_event("argument_patterns:bound")]
    fn tuple_struct(Pair(a, b): Pair) -> u8 {
        a + b
    }
    #[trigger_event("argument_patterns:bound")]
    fn part(Pair(a, _): Pair) -> u8 {
        a
    }
    #[trigger_event("argument_patterns:bound")]
    fn reference(&(a, b): &(u8, u8)) -> u8 {
        a + b
    }
    #[trigger_event("argument_patterns:bound")]
    fn by_ref((ref a, _): (String, u8)) -> usize {
        a.len()
    }
    #[trigger_event("argument_patterns:bound")]
    fn at(pair @ (a, _): (u8, u8)) -> u8 {
        pair.1 + a
    }
    #[trigger_event("argument_patterns:bound")]
    fn of_several(Pair(a, _): Pair, Point { x, .. }: Point, [b, _, c]: [u8; 3]) -> u8 {
        a + x + b + c
    }
    let kind = "argument_patterns:bound";
    assert_eq!(start(kind, || assert_eq!(parentheses(1), 1)), "a=1");
    assert_eq!(start(kind, || assert_eq!(either(Err(2)), 2)), "n=2");
    assert_eq!(
        start(kind, || assert_eq!(tuple_struct(Pair(1, 2)), 3)),
        "a=1 b=2"
    );
    assert_eq!(start(kind, || assert_eq!(part(Pair(3, 4)), 3)), "a=3");
    assert_eq!(start(kind, || assert_eq!(reference(&(1, 2)), 3)), "a=1 b=2");
    assert_eq!(
        start(kind, || assert_eq!(by_ref(("ab".into(), 1)), 2)),
        "a=\"ab\""
    );
    assert_eq!(start(kind, || assert_eq!(at((1, 2)), 3)), "pair=(1, 2) a=1");
    let point = Point { x: 2, y: 0 };
    let array = [3, 4, 5];
    assert_eq!(point.y, 0);
    assert_eq!(
        start(kind, || assert_eq!(
            of_several(Pair(1, 0), point, array),
            11
        )),
        "a=1 x=2 b=3 c=5"
    );
}

/// `mut` must not stay in the signature, where the compiler would report it as unused.
#[test]
fn mut_bindings_work_in_every_pattern() {
    #[trigger_event("argument_patterns:mutable")]
    fn parentheses((mut a): u8) -> u8 {
        a += 1;
        a
    }
    #[trigger_event("argument_patterns:mutable")]
    fn tuple((mut a, b): (u8, u8)) -> u8 {
        a += b;
        a
    }
    #[trigger_event("argument_patterns:mutable")]
    fn tuple_struct(Pair(mut a, b): Pair) -> u8 {
        a += b;
        a
    }
    #[trigger_event("argument_patterns:mutable")]
    fn named(Point { mut x, y }: Point) -> u8 {
        x += y;
        x
    }
    #[trigger_event("argument_patterns:mutable")]
    fn slice([mut a, b]: [u8; 2]) -> u8 {
        a += b;
        a
    }
    #[trigger_event("argument_patterns:mutable")]
    fn reference(&(mut a): &u8) -> u8 {
        a += 1;
        a
    }
    #[trigger_event("argument_patterns:mutable")]
    fn either((Ok(mut n) | Err(mut n)): Result<u8, u8>) -> u8 {
        n += 1;
        n
    }
    #[trigger_event("argument_patterns:mutable")]
    fn at(pair @ (mut a, _): (u8, u8)) -> u8 {
        a += pair.1;
        a
    }
    let kind = "argument_patterns:mutable";
    assert_eq!(start(kind, || assert_eq!(parentheses(1), 2)), "a=1");
    assert_eq!(start(kind, || assert_eq!(tuple((1, 2)), 3)), "a=1 b=2");
    assert_eq!(
        start(kind, || assert_eq!(tuple_struct(Pair(1, 2)), 3)),
        "a=1 b=2"
    );
    assert_eq!(
        start(kind, || assert_eq!(named(Point { x: 1, y: 2 }), 3)),
        "x=1 y=2"
    );
    assert_eq!(start(kind, || assert_eq!(slice([1, 2]), 3)), "a=1 b=2");
    assert_eq!(start(kind, || assert_eq!(reference(&1), 2)), "a=1");
    assert_eq!(start(kind, || assert_eq!(either(Ok(1)), 2)), "n=1");
    assert_eq!(start(kind, || assert_eq!(at((1, 2)), 3)), "pair=(1, 2) a=1");
}

#[test]
fn data_expressions_can_use_pattern_bindings() {
    fn length(text: &str) -> usize {
        text.len()
    }
    #[trigger_event("argument_patterns:with_pattern", data(n = length(&(text)[..])))]
    fn with_pattern((text, _): (String, u8)) {}
    #[trigger_event("argument_patterns:with_pattern", data(m = n + 1))]
    fn with_plain_argument(n: usize) {}
    let kind = "argument_patterns:with_pattern";
    assert_eq!(
        start(kind, || with_pattern(("ab".into(), 1))),
        "text=\"ab\" n=2"
    );
    assert_eq!(start(kind, || with_plain_argument(1)), "n=1 m=2");
}
