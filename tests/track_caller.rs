//! `#[track_caller]`: the caller, the place of a panic and the meaning of `?` stay those of the
//! plain function.
#![allow(
    clippy::all,
    clippy::pedantic,
    reason = "the functions show signatures and are not idiomatic code"
)]

use std::future::Future;
use std::ops::{ControlFlow, Index, IndexMut};
use std::panic::Location;
use std::pin::Pin;
use std::task::Poll;

use event_core::{local, trigger_event};
use futures::executor::block_on;

struct Table(Vec<u8>, u32);

impl Index<usize> for Table {
    type Output = u8;

    #[trigger_event("caller:index")]
    fn index(&self, at: usize) -> &u8 {
        assert_eq!(Location::caller().line(), self.1);
        &self.0[at]
    }
}

impl IndexMut<usize> for Table {
    #[trigger_event("caller:index")]
    fn index_mut(&mut self, at: usize) -> &mut u8 {
        assert_eq!(Location::caller().line(), self.1);
        &mut self.0[at]
    }
}

struct Row(Vec<u8>, u32);

#[trigger_event("caller:index")]
impl Index<&str> for Row {
    type Output = u8;

    fn index(&self, at: &str) -> &Self::Output {
        assert_eq!(Location::caller().line(), self.1);
        &self.0[at.len()]
    }
}

#[test]
fn index_keeps_its_caller() {
    let recorder = local::install_recorder("caller:index");
    let mut table = Table(vec![1], line!() + 1);
    assert_eq!(table[0], 1);
    table.1 = line!() + 1;
    table[0] = 2;
    let row = Row(vec![1], line!() + 1);
    assert_eq!(row[""], 1);
    assert_eq!(recorder.len(), 6);
}

#[derive(Debug, PartialEq)]
struct At(u32);

impl From<u8> for At {
    #[track_caller]
    fn from(_: u8) -> Self {
        Self(Location::caller().line())
    }
}

#[track_caller]
#[trigger_event("caller:try", ret, err)]
fn converts(value: Result<u8, u8>) -> Result<u8, At> {
    let value = value?;
    Ok(value)
}

#[track_caller]
#[trigger_event("caller:try", err)]
fn poll_in_result(value: Poll<Result<u8, String>>) -> Result<Poll<u8>, String> {
    let polled = value?;
    Ok(polled)
}

#[track_caller]
#[trigger_event("caller:try", err)]
fn optional_poll_in_result(
    value: Poll<Option<Result<u8, String>>>,
) -> Result<Poll<Option<u8>>, String> {
    Ok(value?)
}

#[track_caller]
#[trigger_event("caller:try", ret)]
fn result_in_poll(value: Result<u8, String>) -> Poll<Result<u8, String>> {
    Poll::Ready(Ok(value?))
}

#[track_caller]
#[trigger_event("caller:try", ret)]
fn result_in_optional_poll(value: Result<u8, String>) -> Poll<Option<Result<u8, String>>> {
    Poll::Ready(Some(Ok(value?)))
}

#[track_caller]
#[trigger_event("caller:try", ret)]
fn flow(value: ControlFlow<u8, u8>) -> ControlFlow<u8, u8> {
    ControlFlow::Continue(value? + 1)
}

type Maybe<T> = Option<T>;

#[track_caller]
#[trigger_event("caller:try", ret)]
fn alias(value: Maybe<u8>) -> Maybe<u8> {
    Some(value? + 1)
}

type Fallible<T> = Result<T, String>;

#[track_caller]
#[trigger_event("caller:try", ret, err)]
fn parse(text: &str) -> Fallible<u8> {
    let number: u8 = text.parse().map_err(|_| format!("not a number: {text}"))?;
    if number == 0 {
        return Err("zero".to_owned());
    }
    Ok(number)
}

#[test]
fn question_mark_keeps_its_meaning_and_its_place() {
    let recorder = local::install_recorder("caller:try");
    assert_eq!(converts(Err(1)), Err(At(line!())));
    assert_eq!(poll_in_result(Poll::Pending), Ok(Poll::Pending));
    assert!(poll_in_result(Poll::Ready(Err("x".into()))).is_err());
    assert_eq!(
        optional_poll_in_result(Poll::Ready(None)),
        Ok(Poll::Ready(None))
    );
    assert_eq!(
        result_in_poll(Err("x".into())),
        Poll::Ready(Err("x".into()))
    );
    assert_eq!(
        result_in_optional_poll(Err("x".into())),
        Poll::Ready(Some(Err("x".into())))
    );
    assert_eq!(flow(ControlFlow::Break(3)), ControlFlow::Break(3));
    assert_eq!(alias(None), None);
    assert!(parse("x").is_err());
    assert!(parse("0").is_err());
    assert_eq!(parse("1"), Ok(1));
    let lines = recorder.lines();
    let ends: Vec<_> = lines
        .iter()
        .filter(|line| line.starts_with("END"))
        .collect();
    let outcomes: Vec<_> = ends
        .iter()
        .map(|line| line.contains("failed") || line.contains("return"))
        .collect();
    let mut expected = vec![true; 11];
    expected[1] = false;
    expected[3] = false;
    assert_eq!(outcomes, expected, "{ends:?}");
    assert!(ends[9].ends_with("failed: error: zero"), "{ends:?}");
}

#[track_caller]
#[trigger_event("caller:opaque", ret)]
fn opaque(n: u8) -> impl Iterator<Item = u8> {
    if n > 9 {
        return (n..n).map(at_line(Location::caller().line()));
    }
    (0..n).map(at_line(Location::caller().line()))
}

fn at_line(_: u32) -> fn(u8) -> u8 {
    |n| n
}

#[track_caller]
#[trigger_event("caller:opaque", ret, err)]
fn opaque_result(text: &str) -> Result<impl Iterator<Item = u8> + use<>, std::num::ParseIntError> {
    let n: u8 = text.parse()?;
    Ok((0..n).map(move |m| n + m))
}

#[track_caller]
#[trigger_event("caller:opaque", ret, err)]
fn opaque_caller() -> Result<impl Into<u32>, String> {
    Ok(Location::caller().line())
}

#[test]
fn returned_impl_trait_is_inspected() {
    let recorder = local::install_recorder("caller:opaque");
    assert_eq!(opaque(2).count() + opaque(12).count(), 2);
    assert!(opaque_result("x").is_err());
    assert_eq!(opaque_result("2").map(Iterator::count), Ok(2));
    let line: u32 = opaque_caller().unwrap().into();
    assert_eq!(line, line!() - 1);
    let lines = recorder.lines();
    assert!(lines[1].contains("return=Map"), "{lines:?}");
    assert!(
        lines[5].ends_with("failed: error: invalid digit found in string"),
        "{lines:?}"
    );
    assert!(lines[7].contains("return=Map"), "{lines:?}");
}

#[track_caller]
#[trigger_event("caller:future", ret)]
fn future(early: bool) -> impl Future<Output = u32> {
    let line = Location::caller().line();
    if early {
        return std::future::ready(line);
    }
    std::future::ready(line)
}

#[track_caller]
#[trigger_event("caller:future", ret)]
fn boxed(early: bool) -> Pin<Box<dyn Future<Output = u32> + Send>> {
    let line = Location::caller().line();
    if early {
        return Box::pin(async move { line });
    }
    Box::pin(std::future::ready(line))
}

#[test]
fn returned_future_keeps_its_caller() {
    let recorder = local::install_recorder("caller:future");
    let line = line!() + 2;
    for early in [false, true] {
        let futures = (future(early), boxed(early));
        assert_eq!((block_on(futures.0), block_on(futures.1)), (line, line));
    }
    assert_eq!(recorder.len(), 8);
    assert!(recorder.lines()[1].ends_with(&format!("return={line}")));
}
