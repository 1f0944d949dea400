//! An `async fn` without `.await` completes in its first poll, which sends both START and END.
#![allow(
    clippy::all,
    clippy::pedantic,
    reason = "the functions show signatures and are not idiomatic code"
)]

mod support;

use std::error::Error;
use std::fmt::Debug;
use std::future::Future;
use std::num::ParseIntError;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use event_core::{Cause, Event, current_event, local, trigger_event};
use futures::executor::block_on;
use support::{assert_send, events, poll_once, yield_times};

#[test]
fn start_and_end_are_sent_in_the_first_poll() {
    #[trigger_event("without_await:first_poll", ret)]
    async fn work(n: u32, text: &str) -> usize {
        current_event().id().map_or(0, |_| n as usize) + text.len()
    }
    let recorder = local::install_recorder("without_await:first_poll");
    let mut future = Box::pin(work(2, "abc"));
    assert_eq!(recorder.len(), 0, "nothing before the first poll");
    assert_eq!(poll_once(future.as_mut()), Poll::Ready(5));
    assert_eq!(
        recorder.lines(),
        [
            r#"START without_await:first_poll work n=2 text="abc""#,
            r#"END without_await:first_poll work n=2 text="abc" return=5"#,
        ]
    );
    drop(future);
    assert_eq!(recorder.len(), 2);
    assert!(current_event().id().is_none());
}

#[test]
fn dropping_an_unpolled_future_emits_nothing_and_frees_its_arguments() {
    #[trigger_event("without_await:dropped")]
    async fn work(shared: Rc<u8>) -> u8 {
        *shared
    }
    let recorder = local::install_recorder("without_await:dropped");
    let shared = Rc::new(1);
    let future = work(Rc::clone(&shared));
    assert_eq!(Rc::strong_count(&shared), 2);
    drop(future);
    assert_eq!((Rc::strong_count(&shared), recorder.len()), (1, 0));
}

#[test]
fn every_form_of_returned_error_is_reported() {
    #[trigger_event("without_await:err", ret, err)]
    async fn parse(text: &str) -> Result<u32, ParseIntError> {
        text.parse()
    }
    #[trigger_event("without_await:err", err)]
    async fn question(text: &str) -> Result<u32, Box<dyn Error>> {
        Ok(text.parse::<u32>()?)
    }
    #[trigger_event("without_await:err", err)]
    async fn early(text: &str) -> Result<u32, String> {
        if text == "x" {
            return Err("early".into());
        }
        Ok(1)
    }
    let recorder = local::install_recorder("without_await:err");
    assert_eq!(block_on(parse("1")), Ok(1));
    assert!(block_on(parse("x")).is_err());
    assert!(block_on(question("x")).is_err());
    assert!(block_on(early("x")).is_err());
    assert_eq!(block_on(early("y")), Ok(1));
    let events = events(&recorder);
    assert_eq!(
        events[1].to_string(),
        r#"END without_await:err parse text="1" return=1"#
    );
    let failed: Vec<_> = events
        .iter()
        .filter_map(Event::exc_details)
        .map(|exc| (exc.cause(), exc.message().to_string()))
        .collect();
    assert_eq!(failed.len(), 3);
    assert!(failed.iter().all(|(cause, _)| *cause == Cause::Error));
    assert_eq!(failed[2].1, "early");
}

#[test]
fn panic_is_a_failed_end_and_propagates_unchanged() {
    #[trigger_event("without_await:panics")]
    async fn work(n: u32) -> u32 {
        std::panic::panic_any(n)
    }
    let recorder = local::install_recorder("without_await:panics");
    let mut future = Box::pin(work(7));
    let outcome = catch_unwind(AssertUnwindSafe(|| poll_once(future.as_mut())));
    assert_eq!(outcome.unwrap_err().downcast_ref::<u32>(), Some(&7));
    let again = catch_unwind(AssertUnwindSafe(|| poll_once(future.as_mut())));
    assert!(again.is_err(), "like any `async fn`");
    drop(future);
    let events = events(&recorder);
    assert_eq!(events.len(), 2);
    let exc = events[1].exc_details().unwrap();
    assert_eq!(exc.cause(), Cause::Panic);
    assert_eq!(exc.location().unwrap().file(), file!());
    assert!(current_event().id().is_none());
}

#[test]
fn finished_child_of_a_cancelled_parent_has_not_failed() {
    #[trigger_event("without_await:cancel_leaf")]
    async fn leaf() -> u32 {
        1
    }
    #[trigger_event("without_await:cancel_outer")]
    async fn outer() -> u32 {
        let one = leaf().await;
        yield_times(1).await;
        one
    }
    let recorder = local::install_recorder("without_await:cancel_*");
    let mut future = Box::pin(outer());
    assert!(poll_once(future.as_mut()).is_pending());
    drop(future);
    let events = events(&recorder);
    assert_eq!(events.len(), 4);
    assert_eq!(events[1].parent(), Some(events[0].id()));
    assert!(!events[2].is_failed());
    let exc = events[3].exc_details().unwrap();
    assert_eq!(exc.cause(), Cause::Cancelled);
}

struct Pool {
    name: String,
}

trait Service {
    #[trigger_event("without_await:shapes")]
    async fn provided(&self, n: u8) -> u8 {
        n + self.base()
    }

    fn base(&self) -> u8;
}

impl Service for Pool {
    fn base(&self) -> u8 {
        self.name.len() as u8
    }
}

impl Pool {
    #[trigger_event("without_await:shapes", data(pool = self.name))]
    async fn rename(&mut self, name: &str) -> &mut String {
        self.name = name.to_owned();
        &mut self.name
    }

    #[trigger_event("without_await:shapes")]
    async fn into_name(self) -> String {
        self.name
    }

    #[trigger_event("without_await:shapes", skip(_n))]
    async fn by_arc(self: Arc<Self>, _n: u8) -> impl Iterator<Item = char> {
        self.name.chars().collect::<Vec<_>>().into_iter()
    }
}

#[test]
fn every_signature_works_without_await() {
    #[trigger_event("without_await:shapes")]
    async fn pattern((a, _): (u8, u8), [mut b, ..]: [u8; 3], _: String) -> u8 {
        b += a;
        b
    }
    #[trigger_event("without_await:shapes")]
    async fn many(a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8) -> u8 {
        a + b + c + d + e + f + g
    }
    #[trigger_event("without_await:shapes")]
    async fn configured(#[cfg(all())] a: u8, #[cfg(any())] b: u8) -> u8 {
        a
    }
    #[trigger_event("without_await:shapes")]
    async fn generic<'a, T: Debug + ?Sized>(first: &'a T, _second: &T) -> &'a T {
        first
    }
    #[trigger_event("without_await:shapes", skip_all)]
    async fn reassigned<'a>(mut text: &'a str, fallback: &'a str) -> usize {
        let local = String::from("local");
        if text.is_empty() {
            text = &local;
        }
        text.len() + fallback.len()
    }
    #[trigger_event("without_await:shapes")]
    async fn never(n: u8) -> ! {
        panic!("never {n}")
    }
    #[trigger_event("without_await:shapes")]
    async fn impl_fn(n: u8) -> impl Fn(&str) -> usize {
        move |text| text.len() + usize::from(n)
    }
    #[trigger_event("without_await:shapes")]
    async fn boxed(n: u8) -> Pin<Box<dyn Future<Output = u8>>> {
        Box::pin(std::future::ready(n))
    }
    #[trigger_event("without_await:shapes")]
    #[trigger_event("without_await:shapes_inner", ret)]
    async fn nested(n: u8) -> u8 {
        n
    }
    let recorder = local::install_recorder("without_await:shapes*");
    assert_eq!(block_on(pattern((1, 2), [3, 4, 5], String::new())), 4);
    assert_eq!(block_on(many(1, 2, 3, 4, 5, 6, 7)), 28);
    assert_eq!(block_on(configured(1)), 1);
    assert_eq!(block_on(generic("a", "b")), "a");
    assert_eq!(block_on(reassigned("", "x")), 6);
    assert!(catch_unwind(|| block_on(async { never(1).await })).is_err());
    assert_eq!(block_on(impl_fn(1))("abc"), 4);
    assert_eq!(block_on(async { boxed(3).await.await }), 3);
    assert_eq!(block_on(nested(3)), 3);
    let mut pool = Pool { name: "a".into() };
    assert_eq!(block_on(pool.provided(1)), 2);
    block_on(pool.rename("bc")).push('d');
    assert_eq!(block_on(pool.into_name()), "bcd");
    let pool = Arc::new(Pool { name: "a".into() });
    assert_eq!(block_on(pool.by_arc(1)).count(), 1);
    let events = events(&recorder);
    let starts = events.iter().filter(|event| event.is_start()).count();
    assert_eq!((starts, events.len()), (14, 28));
    assert_eq!(
        events[0].data().to_string(),
        "a=1 b=3",
        "each name in a pattern is a field"
    );
}

#[test]
fn await_inside_a_macro_is_detected() {
    macro_rules! hidden {
        ($future:expr) => {
            $future.await
        };
    }
    #[trigger_event("without_await:hidden", ret)]
    async fn work(n: u8) -> u8 {
        hidden!(yield_times(1));
        n
    }
    #[trigger_event("without_await:hidden")]
    async fn defined_within(n: u8) -> u8 {
        macro_rules! wait {
            () => {
                yield_times(1).await
            };
        }
        wait! {}
        assert!(n > 0);
        n
    }
    #[trigger_event("without_await:hidden")]
    async fn in_a_std_macro(n: u8) -> Vec<u8> {
        vec![n, {
            yield_times(1).await;
            n
        }]
    }
    #[trigger_event("without_await:hidden")]
    async fn in_a_closure(n: u8) -> u8 {
        let later = move || async move {
            yield_times(1).await;
            n
        };
        drop(later());
        if !(n != 1) { n } else { 0 }
    }
    let recorder = local::install_recorder("without_await:hidden");
    let mut future = Box::pin(work(1));
    assert!(poll_once(future.as_mut()).is_pending());
    assert_eq!(recorder.len(), 1);
    assert_eq!(poll_once(future.as_mut()), Poll::Ready(1));
    assert_eq!(
        recorder.lines()[1],
        "END without_await:hidden work n=1 return=1"
    );
    let mut future = Box::pin(defined_within(1));
    assert!(poll_once(future.as_mut()).is_pending());
    assert_eq!(poll_once(future.as_mut()), Poll::Ready(1));
    let mut future = Box::pin(in_a_std_macro(1));
    assert!(poll_once(future.as_mut()).is_pending());
    assert_eq!(poll_once(future.as_mut()), Poll::Ready(vec![1, 1]));
    assert_eq!(
        poll_once(Box::pin(in_a_closure(1)).as_mut()),
        Poll::Ready(1)
    );
    assert_eq!(recorder.len(), 8);
}

#[test]
fn size_and_send_are_unchanged() {
    async fn plain(bytes: [u8; 64], _text: String) -> usize {
        let shared = Rc::new(bytes.len());
        *shared
    }
    #[trigger_event("without_await:size", ret)]
    async fn annotated(bytes: [u8; 64], _text: String) -> usize {
        let shared = Rc::new(bytes.len());
        *shared
    }
    let plain = assert_send(plain([1; 64], String::new()));
    let annotated = assert_send(annotated([1; 64], String::new()));
    assert_eq!(size_of_val(&annotated), size_of_val(&plain));
    assert_eq!(block_on(plain), block_on(annotated));
}
