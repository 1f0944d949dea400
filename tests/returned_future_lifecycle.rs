//! When the scope of a returned future starts and ends, and what its events report.
#![allow(
    clippy::all,
    clippy::pedantic,
    reason = "the functions show signatures and are not idiomatic code"
)]

mod support;

use std::cell::Cell;
use std::error::Error;
use std::fmt::Debug;
use std::future::{Future, pending, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;

use event_core::{Cause, Event, Installed, RecordingListener, local, trigger_event};
use futures::executor::block_on;
use futures::future::{BoxFuture, FutureExt};
use support::{events, poll_once, yield_times};

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

#[test]
fn statements_before_the_future_run_once_at_the_call() {
    thread_local! {
        static RUNS: Cell<u32> = const { Cell::new(0) };
    }
    fn run() -> u32 {
        RUNS.set(RUNS.get() + 1);
        RUNS.get()
    }
    #[trigger_event("returned_future_lifecycle:statements")]
    fn boxed() -> Boxed<'static, u32> {
        run();
        let runs = run();
        Box::pin(async move {
            yield_times(1).await;
            run();
            runs
        })
    }
    #[trigger_event("returned_future_lifecycle:statements")]
    fn pinned() -> Pin<Box<dyn Future<Output = u32> + Send>> {
        run();
        let runs = run();
        Box::pin(async move {
            yield_times(1).await;
            run();
            runs
        })
    }
    #[trigger_event("returned_future_lifecycle:statements")]
    fn opaque() -> impl Future<Output = u32> {
        run();
        let runs = run();
        async move {
            yield_times(1).await;
            run();
            runs
        }
    }
    for enabled in [false, true] {
        let recorder =
            enabled.then(|| local::install_recorder("returned_future_lifecycle:statements"));
        RUNS.set(0);
        let future = pinned();
        assert_eq!(RUNS.get(), 2);
        assert_eq!((block_on(future), RUNS.get()), (2, 3));
        RUNS.set(0);
        let future = opaque();
        assert_eq!(RUNS.get(), 2);
        assert_eq!((block_on(future), RUNS.get()), (2, 3));
        RUNS.set(0);
        assert_eq!((block_on(boxed()), RUNS.get()), (2, 3));
        assert_eq!(recorder.map_or(6, |recorder| recorder.len()), 6);
    }
}

#[test]
fn arguments_are_captured_at_the_call() {
    #[trigger_event("returned_future_lifecycle:captured", data(size = text.len()))]
    fn boxed(
        text: String,
        mut n: u8,
        list: &mut Vec<u8>,
    ) -> Pin<Box<dyn Future<Output = usize> + '_>> {
        n += 1;
        list.push(n);
        Box::pin(async move { text.len() })
    }
    #[trigger_event("returned_future_lifecycle:captured", skip(list))]
    fn opaque(text: &str, list: &mut Vec<u8>) -> impl Future<Output = ()> {
        list.push(1);
        let text = text.to_owned();
        async move { drop(text) }
    }
    let recorder = local::install_recorder("returned_future_lifecycle:captured");
    let mut list = vec![1];
    block_on(boxed("ab".into(), 4, &mut list));
    let future = opaque("cd", &mut list);
    block_on(future);
    let lines = recorder.lines();
    assert_eq!(lines[0], lines[1].replace("END", "START"));
    assert!(
        lines[0]
            .starts_with("START returned_future_lifecycle:captured boxed text=\"ab\" n=4 list="),
        "{lines:?}"
    );
    assert!(lines[0].ends_with(" size=2"), "{lines:?}");
    assert_eq!(
        lines[2..],
        [
            "START returned_future_lifecycle:captured opaque text=\"cd\"",
            "END returned_future_lifecycle:captured opaque text=\"cd\""
        ]
    );
}

#[test]
fn unpolled_futures_emit_no_events() {
    #[trigger_event("returned_future_lifecycle:never_polled")]
    fn boxed(n: u8) -> BoxFuture<'static, u8> {
        Box::pin(async move { n })
    }
    #[trigger_event("returned_future_lifecycle:never_polled")]
    fn opaque(n: u8) -> impl Future<Output = u8> {
        async move { n }
    }
    let recorder = local::install_recorder("returned_future_lifecycle:never_polled");
    drop(boxed(1));
    drop(opaque(2));
    assert_eq!(recorder.len(), 0);
}

#[test]
fn dropping_a_pending_future_cancels_its_scope() {
    #[trigger_event("returned_future_lifecycle:cancelled")]
    fn boxed(n: u8) -> BoxFuture<'static, u8> {
        Box::pin(async move {
            pending::<()>().await;
            n
        })
    }
    #[trigger_event("returned_future_lifecycle:cancelled", ret, err)]
    fn opaque(n: u8) -> impl Future<Output = Result<u8, ()>> {
        async move {
            pending::<()>().await;
            Ok(n)
        }
    }
    let recorder = local::install_recorder("returned_future_lifecycle:cancelled");
    let mut future = boxed(1);
    assert!(poll_once(future.as_mut()).is_pending());
    drop(future);
    assert!(opaque(2).now_or_never().is_none());
    let events = events(&recorder);
    assert_eq!(events.len(), 4);
    for (start, end) in [(0, 1), (2, 3)] {
        let cause = events[end].exc_details().map(|exc| exc.cause());
        assert_eq!(cause, Some(Cause::Cancelled));
        assert_eq!(events[start].id(), events[end].id());
    }
}

#[test]
fn panic_while_creating_the_future_propagates_without_events() {
    #[trigger_event("returned_future_lifecycle:making_panics")]
    fn boxed(n: u8) -> BoxFuture<'static, u8> {
        assert!(n < 5, "made with {n}");
        Box::pin(async move { n })
    }
    let recorder = local::install_recorder("returned_future_lifecycle:making_panics");
    let payload = catch_unwind(|| drop(boxed(7))).unwrap_err();
    assert_eq!(payload.downcast_ref::<String>().unwrap(), "made with 7");
    assert_eq!(recorder.len(), 0);
}

#[test]
fn panic_in_the_future_is_a_failed_end() {
    #[trigger_event("returned_future_lifecycle:panics")]
    fn boxed() -> BoxFuture<'static, u8> {
        Box::pin(async {
            yield_times(1).await;
            panic!("in the future")
        })
    }
    #[trigger_event("returned_future_lifecycle:panics")]
    fn opaque() -> impl Future<Output = u8> {
        async { panic!("in the future") }
    }
    let recorder = local::install_recorder("returned_future_lifecycle:panics");
    for payload in [
        catch_unwind(|| block_on(boxed())),
        catch_unwind(AssertUnwindSafe(|| block_on(opaque()))),
    ] {
        let payload = payload.unwrap_err();
        assert_eq!(payload.downcast_ref::<&str>(), Some(&"in the future"));
    }
    let ends: Vec<Event<'_>> = events(&recorder)
        .into_iter()
        .filter(Event::is_end)
        .collect();
    assert_eq!(ends.len(), 2);
    for end in ends {
        let exc = end.exc_details().unwrap();
        assert_eq!(
            (exc.cause(), &*exc.message()),
            (Cause::Panic, "in the future")
        );
    }
}

#[test]
fn future_output_is_reported() {
    #[trigger_event("returned_future_lifecycle:returns", ret, err)]
    fn boxed(n: u8) -> Pin<Box<dyn Future<Output = Result<u8, String>> + Send>> {
        Box::pin(async move {
            yield_times(1).await;
            if n == 0 { Err("zero".into()) } else { Ok(n) }
        })
    }
    #[trigger_event("returned_future_lifecycle:returns", ret, err)]
    fn opaque(n: u8) -> impl Future<Output = Result<u8, Rc<str>>> {
        ready(if n == 0 { Err("zero".into()) } else { Ok(n) })
    }
    #[trigger_event("returned_future_lifecycle:returns", ret)]
    fn borrowed(text: &str) -> BoxFuture<'_, &str> {
        ready(&text[1..]).boxed()
    }
    struct Opaque;
    #[trigger_event("returned_future_lifecycle:returns", err)]
    fn of_any_type<T, E>(result: Result<T, E>) -> impl Future<Output = Result<T, E>> {
        async { result }
    }
    let recorder = local::install_recorder("returned_future_lifecycle:returns");
    let _ = (block_on(boxed(1)), block_on(boxed(0)));
    let _ = (block_on(opaque(1)), block_on(opaque(0)));
    block_on(borrowed("abc"));
    let _ = block_on(of_any_type::<Opaque, Opaque>(Err(Opaque)));
    let ends: Vec<String> = recorder.lines().into_iter().skip(1).step_by(2).collect();
    assert_eq!(
        ends[..5],
        [
            "END returned_future_lifecycle:returns boxed n=1 return=1",
            "END returned_future_lifecycle:returns boxed n=0 failed: error: zero",
            "END returned_future_lifecycle:returns opaque n=1 return=1",
            "END returned_future_lifecycle:returns opaque n=0 failed: error: zero",
            "END returned_future_lifecycle:returns borrowed text=\"abc\" return=\"bc\"",
        ]
    );
    assert!(
        ends[5].contains("failed: error: ") && ends[5].contains("Opaque"),
        "{}",
        ends[5]
    );
}

#[derive(Debug, PartialEq)]
struct Parsed(u8);

impl From<std::num::ParseIntError> for Parsed {
    fn from(_: std::num::ParseIntError) -> Self {
        Self(1)
    }
}

impl From<String> for Parsed {
    fn from(_: String) -> Self {
        Self(2)
    }
}

#[test]
fn question_marks_in_an_async_block_convert_to_the_declared_error() {
    #[trigger_event("returned_future_lifecycle:question", err)]
    fn boxed(text: &str) -> BoxFuture<'_, Result<u8, Parsed>> {
        Box::pin(async move {
            let number = text.parse::<u8>()?;
            Err(format!("{number}"))?;
            Ok(number)
        })
    }
    #[trigger_event("returned_future_lifecycle:question", ret, err)]
    fn opaque(text: &str) -> impl Future<Output = Result<u8, Parsed>> {
        async move {
            let number = text.parse()?;
            Ok(number)
        }
    }
    #[trigger_event("returned_future_lifecycle:question", err)]
    fn pinned(
        text: &str,
    ) -> Pin<Box<dyn Future<Output = Result<u8, Box<dyn Error + Send + Sync>>> + Send + '_>> {
        Box::pin(async move { Ok(text.parse::<u8>()?) })
    }
    #[trigger_event("returned_future_lifecycle:question")]
    fn boxed_error(text: &str) -> impl Future<Output = Result<u8, Box<dyn Error>>> {
        async move {
            if text.is_empty() {
                return Err("empty".into());
            }
            Ok(text.parse::<u8>()?)
        }
    }
    #[trigger_event("returned_future_lifecycle:question")]
    fn option(text: &str) -> impl Future<Output = Option<char>> {
        async move {
            let first = text.chars().next()?;
            Some(first)
        }
    }
    #[trigger_event("returned_future_lifecycle:question")]
    fn collected(text: &str) -> impl Future<Output = Vec<u8>> {
        async move { text.bytes().collect() }
    }
    assert_eq!(block_on(boxed("x")), Err(Parsed(1)));
    assert_eq!(block_on(boxed("1")), Err(Parsed(2)));
    assert_eq!(block_on(opaque("3")), Ok(3));
    assert!(block_on(pinned("x")).is_err());
    assert_eq!(block_on(boxed_error("")).unwrap_err().to_string(), "empty");
    assert_eq!(block_on(option("")), None);
    assert_eq!(block_on(collected("a")), [b'a']);
}

#[test]
fn stacked_attributes_nest_around_the_returned_future() {
    #[trigger_event("returned_future_lifecycle:nest_outer")]
    #[trigger_event("returned_future_lifecycle:nest_inner", ret)]
    fn boxed(n: u8) -> BoxFuture<'static, u8> {
        Box::pin(async move { n })
    }
    #[trigger_event("returned_future_lifecycle:nest_outer")]
    #[trigger_event("returned_future_lifecycle:nest_inner", ret)]
    fn opaque(n: u8) -> impl Future<Output = u8> {
        async move { n }
    }
    let check = |recorder: &Installed<RecordingListener>| {
        let kinds: Vec<_> = events(recorder)
            .iter()
            .map(|it| it.kind().as_str().rsplit('_').next())
            .collect();
        assert_eq!(
            kinds,
            [Some("outer"), Some("inner"), Some("inner"), Some("outer")]
        );
        recorder.clear();
    };
    let recorder = event_core::install_recorder("returned_future_lifecycle:nest_*");
    block_on(boxed(1));
    check(&recorder);
    block_on(opaque(1));
    check(&recorder);
}
