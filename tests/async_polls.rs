//! Polls of annotated futures: on several threads, nested, after a panic, and abandoned.
#![allow(
    clippy::all,
    clippy::pedantic,
    reason = "the functions show signatures and are not idiomatic code"
)]

mod support;

use std::future::{Future, pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::{Context, Poll};

use event_core::{Cause, Event, current_event, data, install_recorder, local, trigger_event};
use support::{events, poll_once, yield_times};

#[test]
fn each_poll_can_run_on_another_thread() {
    #[trigger_event("async_polls:threads", ret)]
    async fn outer(n: u32) -> u32 {
        let mut sum = 0;
        for place in 0..n {
            sum += inner(place).await;
        }
        sum
    }
    #[trigger_event("async_polls:threads_inner")]
    async fn inner(place: u32) -> u32 {
        yield_times(1).await;
        trigger_event("async_polls:threads_leaf", data! { place }, || place)
    }
    let recorder = install_recorder("async_polls:threads*");
    let mut future = Box::pin(outer(4));
    let mut value = None;
    while value.is_none() {
        future = std::thread::scope(|scope| {
            let polled = scope.spawn(|| {
                if let Poll::Ready(sum) = poll_once(future.as_mut()) {
                    value = Some(sum);
                }
                assert!(current_event().id().is_none(), "no scope stays current");
                future
            });
            polled.join().unwrap()
        });
    }
    assert_eq!(value, Some(6));
    let events = events(&recorder);
    assert_eq!(events.len(), 2 + 4 * 4);
    let outer = &events[0];
    let inner: Vec<_> = events
        .iter()
        .filter(|it| it.is_start() && it.kind().as_str() == "async_polls:threads_inner")
        .collect();
    assert!(inner.iter().all(|it| it.parent() == Some(outer.id())));
    for (place, leaf) in events
        .iter()
        .filter(|it| it.is_start() && it.kind().as_str() == "async_polls:threads_leaf")
        .enumerate()
    {
        assert_eq!(leaf.parent(), Some(inner[place].id()));
        assert_ne!(leaf.thread(), outer.thread());
    }
    let end = events.last().unwrap();
    assert_eq!(
        end.to_string(),
        "END async_polls:threads outer n=4 return=6"
    );
    assert_eq!(end.id(), outer.id());
}

#[test]
fn polling_after_a_panic_panics_and_emits_nothing() {
    #[trigger_event("async_polls:again")]
    async fn work() {
        yield_times(1).await;
        panic!("once");
    }
    let recorder = local::install_recorder("async_polls:again");
    let mut future = Box::pin(work());
    assert!(poll_once(future.as_mut()).is_pending());
    for _ in 0..2 {
        let polled = catch_unwind(AssertUnwindSafe(|| poll_once(future.as_mut())));
        assert!(polled.is_err());
    }
    drop(future);
    let events = events(&recorder);
    assert_eq!(events.len(), 2);
    assert_eq!(events[1].exc_details().unwrap().message(), "once");
    assert!(current_event().id().is_none());
}

#[test]
fn forgotten_future_never_ends() {
    #[trigger_event("async_polls:forgotten")]
    async fn work(text: &str) -> usize {
        pending::<()>().await;
        text.len()
    }
    let recorder = local::install_recorder("async_polls:forgotten");
    let mut future = Box::pin(work("abc"));
    assert!(poll_once(future.as_mut()).is_pending());
    std::mem::forget(future);
    assert_eq!(events(&recorder).len(), 1);
    assert!(current_event().id().is_none());
}

#[test]
fn nested_first_polls_keep_their_parents() {
    #[trigger_event("async_polls:within", data(depth = depth_of(n)))]
    async fn work(n: u32) -> u32 {
        let before = current_event().id();
        if n > 0 {
            // This future is polled once and dropped while it is pending.
            let mut other = Box::pin(work(n - 1));
            assert_eq!(poll_once(other.as_mut()).is_ready(), n == 1);
        }
        assert_eq!(current_event().id(), before);
        yield_times(n).await;
        assert_eq!(current_event().id(), before);
        n
    }
    fn depth_of(n: u32) -> u32 {
        // Events are suppressed while the attribute evaluates its data.
        assert!(poll_once(Box::pin(work(0)).as_mut()).is_ready());
        n
    }
    let recorder = local::install_recorder("async_polls:within");
    let mut future = Box::pin(work(3));
    assert!(poll_once(future.as_mut()).is_pending());
    let events = events(&recorder);
    let starts: Vec<_> = events.iter().filter(|it| it.is_start()).collect();
    let data: Vec<_> = starts.iter().map(|it| it.data().to_string()).collect();
    assert_eq!(
        data,
        ["n=3 depth=3", "n=2 depth=2", "n=1 depth=1", "n=0 depth=0"]
    );
    for pair in starts.windows(2) {
        assert_eq!(pair[1].parent(), Some(pair[0].id()));
    }
    let cancelled = events
        .iter()
        .filter_map(Event::exc_details)
        .filter(|exc| exc.cause() == Cause::Cancelled);
    assert_eq!(cancelled.count(), 2);
}

#[test]
fn panic_in_a_data_expression_propagates_without_events() {
    #[trigger_event("async_polls:data_panics", data(checked = check(n)))]
    async fn work(n: u32) -> u32 {
        yield_times(1).await;
        n
    }
    fn check(n: u32) -> u32 {
        assert!(n > 0, "none");
        n
    }
    let recorder = local::install_recorder("async_polls:data_panics");
    let mut future = Box::pin(work(0));
    let polled = catch_unwind(AssertUnwindSafe(|| poll_once(future.as_mut())));
    assert_eq!(polled.unwrap_err().downcast_ref::<&str>(), Some(&"none"));
    drop(future);
    assert_eq!(recorder.len(), 0);
    let mut future = Box::pin(work(1));
    assert!(poll_once(future.as_mut()).is_pending());
    assert_eq!(poll_once(future.as_mut()), Poll::Ready(1));
    assert_eq!(
        recorder.len(),
        2,
        "later events of the thread are unaffected"
    );
}

#[test]
fn panic_in_a_local_drop_still_ends_the_scope() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("in a drop");
        }
    }
    #[trigger_event("async_polls:drop_panics")]
    async fn work() {
        let _bomb = Bomb;
        pending::<()>().await;
    }
    let recorder = local::install_recorder("async_polls:drop_panics");
    let mut future = Box::pin(work());
    assert!(poll_once(future.as_mut()).is_pending());
    assert!(catch_unwind(AssertUnwindSafe(move || drop(future))).is_err());
    assert_eq!(recorder.len(), 2);
    assert!(current_event().id().is_none());
}

#[test]
fn many_arguments_with_attributes_are_captured() {
    #[trigger_event("async_polls:many")]
    async fn seven(a: u8, b: &str, c: u8, d: u8, e: u8, f: u8, g: String) -> usize {
        yield_times(1).await;
        usize::from(a + c + d + e + f) + b.len() + g.len()
    }
    #[trigger_event("async_polls:many")]
    async fn six(a: u8, b: &str, c: Vec<u8>, d: u8, e: Option<u8>, f: &mut u8) -> usize {
        yield_times(1).await;
        *f += 1;
        usize::from(a + d + e.unwrap_or(0)) + b.len() + c.len()
    }
    #[trigger_event("async_polls:many")]
    async fn configured(#[cfg(all())] a: u8, #[cfg(any())] b: u8, (c, _): (u8, u8)) -> u8 {
        yield_times(1).await;
        a + c
    }
    #[trigger_event("async_polls:many", skip(a, c))]
    async fn skipping(a: u8, b: u8, c: u8) -> u8 {
        yield_times(1).await;
        a + b + c
    }
    let recorder = local::install_recorder("async_polls:many");
    let value = futures::executor::block_on(async {
        let poll_on = |context: &mut Context<'_>| context.waker().wake_by_ref();
        let mut seven = Box::pin(seven(1, "b", 2, 3, 4, 5, "g".into()));
        let mut f = 6;
        let mut six = Box::pin(six(1, "b", vec![1], 4, None, &mut f));
        let mut configured = Box::pin(configured(1, (2, 3)));
        let mut skipping = Box::pin(skipping(1, 2, 3));
        let mut sum = 0;
        sum += poll_fn(|context| (poll_on(context), seven.as_mut().poll(context)).1).await;
        sum += poll_fn(|context| (poll_on(context), six.as_mut().poll(context)).1).await;
        sum += usize::from(
            poll_fn(|context| (poll_on(context), configured.as_mut().poll(context)).1).await,
        );
        let last = poll_fn(|context| (poll_on(context), skipping.as_mut().poll(context)).1);
        sum + usize::from(last.await)
    });
    assert_eq!(value, 17 + 7 + 3 + 6);
    let data: Vec<_> = events(&recorder)
        .iter()
        .map(|event| event.data().to_string())
        .collect();
    assert_eq!(data[0], r#"a=1 b="b" c=2 d=3 e=4 f=5 g="g""#);
    assert_eq!(data[2], r#"a=1 b="b" c=[1] d=4 e=None f=6"#);
    assert_eq!(data[4], "a=1 c=2");
    assert_eq!(data[6], "b=2");
    assert_eq!(data[7], "b=2");
}
