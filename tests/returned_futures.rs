//! Functions that return a future: which return types are recognised as futures.
//!
//! The scope is the run of the future, not the call that creates it.
#![allow(
    clippy::all,
    clippy::pedantic,
    reason = "the functions show signatures and are not idiomatic code"
)]

mod support;

use std::fmt::Debug;
use std::future::{Future, ready};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use event_core::{Event, current_event, local, trigger_event};
use futures::executor::block_on;
use futures::future::{BoxFuture, FutureExt, LocalBoxFuture};
use support::{assert_send, events, poll_once, yield_times};

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Awaits the future that `make` returns, and checks its events.
///
/// The call emits no event. The first poll emits the START, and the completion the END.
fn run_as_scope<F: Future>(kind: &'static str, make: impl FnOnce() -> F) -> F::Output {
    let recorder = local::install_recorder(kind);
    let mut future = pin!(make());
    assert_eq!(recorder.lines(), [""; 0], "at the call");
    let value = match poll_once(future.as_mut()) {
        Poll::Ready(value) => value,
        Poll::Pending => {
            assert!(events(&recorder).iter().all(Event::is_start), "pending");
            assert_eq!(recorder.len(), 1, "at the first poll");
            block_on(future)
        }
    };
    let events = events(&recorder);
    assert_eq!(events.len(), 2, "{events:?}");
    assert!(events[0].is_start() && events[1].is_end());
    assert_eq!(events[0].id(), events[1].id());
    value
}

#[test]
fn boxed_futures_of_every_type_are_scopes() {
    #[trigger_event("returned_futures:boxed")]
    fn send(n: u8) -> Pin<Box<dyn Future<Output = u8> + Send>> {
        Box::pin(async move {
            yield_times(1).await;
            n
        })
    }
    #[trigger_event("returned_futures:boxed")]
    fn not_send(n: Rc<u8>) -> Pin<Box<dyn Future<Output = u8>>> {
        Box::pin(async move {
            yield_times(1).await;
            *n
        })
    }
    #[trigger_event("returned_futures:boxed")]
    fn sync(
        n: u8,
    ) -> std::pin::Pin<std::boxed::Box<dyn core::future::Future<Output = u8> + Send + Sync + 'static>>
    {
        Box::pin(ready(n))
    }
    #[trigger_event("returned_futures:boxed")]
    fn borrowed<'a>(n: &'a u8, _other: &str) -> Pin<Box<dyn Future<Output = &'a u8> + Send + 'a>> {
        Box::pin(async move {
            yield_times(1).await;
            n
        })
    }
    #[trigger_event("returned_futures:boxed")]
    fn elided(n: &u8) -> Pin<Box<dyn Future<Output = &u8> + '_>> {
        Box::pin(async move { n })
    }
    #[trigger_event("returned_futures:boxed")]
    fn box_future(n: &mut u8) -> BoxFuture<'_, &mut u8> {
        async move {
            *n += 1;
            n
        }
        .boxed()
    }
    #[trigger_event("returned_futures:boxed")]
    fn local_box_future<'a, T: 'a>(t: T) -> LocalBoxFuture<'a, T> {
        Box::pin(async move { t })
    }
    #[trigger_event("returned_futures:boxed")]
    fn static_box_future() -> futures::future::BoxFuture<'static, ()> {
        Box::pin(yield_times(1))
    }
    let kind = "returned_futures:boxed";
    assert_eq!(run_as_scope(kind, || assert_send(send(1))), 1);
    assert_eq!(run_as_scope(kind, || not_send(Rc::new(2))), 2);
    assert_eq!(run_as_scope(kind, || sync(3)), 3);
    assert_eq!(run_as_scope(kind, || borrowed(&4, "")), &4);
    assert_eq!(run_as_scope(kind, || elided(&5)), &5);
    let mut n = 6;
    assert_eq!(run_as_scope(kind, || box_future(&mut n)), &7);
    assert_eq!(run_as_scope(kind, || local_box_future("8")), "8");
    run_as_scope(kind, static_box_future);
}

#[test]
fn opaque_futures_of_every_type_are_scopes() {
    #[trigger_event("returned_futures:opaque")]
    fn plain(n: u8) -> impl Future<Output = u8> {
        async move {
            yield_times(1).await;
            n
        }
    }
    #[trigger_event("returned_futures:opaque")]
    fn send_and_static(n: u8) -> impl Future<Output = u8> + Send + Sync + 'static {
        ready(n)
    }
    #[trigger_event("returned_futures:opaque")]
    fn borrowed<'a>(n: &'a u8, other: &'a str) -> impl Future<Output = usize> + Send + 'a {
        async move {
            yield_times(1).await;
            usize::from(*n) + other.len()
        }
    }
    #[trigger_event("returned_futures:opaque")]
    fn precise<'a, T: Debug>(
        n: &'a u8,
        _other: &str,
        _t: T,
    ) -> impl Future<Output = u8> + use<'a, T> {
        async move { *n }
    }
    #[trigger_event("returned_futures:opaque", ret)]
    fn nothing_captured(n: &u8) -> impl Future<Output = u8> + use<> {
        ready(*n)
    }
    #[trigger_event("returned_futures:opaque")]
    fn unpin(n: u8) -> impl Future<Output = u8> + Unpin + use<> {
        ready(n)
    }
    #[trigger_event("returned_futures:opaque")]
    fn no_output() -> impl std::future::Future + Send {
        async { 1 }
    }
    #[trigger_event("returned_futures:opaque")]
    fn opaque_output() -> impl Future<Output = impl Debug + PartialEq<u8>> {
        async { 7_u8 }
    }
    #[trigger_event("returned_futures:opaque")]
    fn bounded_output() -> impl Future<Output: PartialEq<u8> + Debug> {
        async { 8_u8 }
    }
    let kind = "returned_futures:opaque";
    assert_eq!(run_as_scope(kind, || plain(1)), 1);
    assert_eq!(run_as_scope(kind, || assert_send(send_and_static(2))), 2);
    assert_eq!(run_as_scope(kind, || assert_send(borrowed(&3, "abc"))), 6);
    assert_eq!(run_as_scope(kind, || precise(&4, "", Rc::new(1))), 4);
    assert_eq!(run_as_scope(kind, || nothing_captured(&5)), 5);
    assert_eq!(run_as_scope(kind, || unpin(6)), 6);
    let _ = run_as_scope(kind, no_output);
    assert_eq!(run_as_scope(kind, opaque_output), 7);
    assert_eq!(run_as_scope(kind, bounded_output), 8);
}

#[test]
fn future_can_be_made_by_any_expression() {
    async fn other(n: u8) -> u8 {
        yield_times(1).await;
        n
    }
    fn helper(n: u8) -> Boxed<'static, u8> {
        Box::pin(other(n))
    }
    #[trigger_event("returned_futures:made")]
    fn block(n: u8) -> impl Future<Output = u8> {
        {
            let _same = n;
            async move { n }
        }
    }
    #[trigger_event("returned_futures:made")]
    fn called(n: u8) -> impl Future<Output = u8> {
        other(n)
    }
    #[trigger_event("returned_futures:made")]
    fn helped(n: u8) -> Pin<Box<dyn Future<Output = u8> + Send>> {
        helper(n)
    }
    #[trigger_event("returned_futures:made")]
    fn bound(n: u8) -> impl Future<Output = u8> {
        let future = async move { n };
        future
    }
    #[trigger_event("returned_futures:made")]
    fn returned(n: u8) -> impl Future<Output = u8> {
        return other(n);
    }
    #[trigger_event("returned_futures:made")]
    #[allow(clippy::needless_return)]
    fn early(n: u8) -> Pin<Box<dyn Future<Output = u8> + Send>> {
        if n == 6 {
            return Box::pin(async move { n });
        }
        let n = n + 1;
        Box::pin(async move {
            yield_times(1).await;
            n
        })
    }
    #[trigger_event("returned_futures:made")]
    fn branches(n: u8) -> BoxFuture<'static, u8> {
        if n == 7 {
            Box::pin(async { 7 })
        } else if n == 8 {
            ready(8).boxed()
        } else {
            match n {
                9 => Box::pin(other(9)),
                _ => panic!("not so many"),
            }
        }
    }
    #[trigger_event("returned_futures:made")]
    fn coerced(n: u8) -> Pin<Box<dyn Future<Output = u8>>> {
        let future: Box<dyn Future<Output = u8>> = Box::new(other(n));
        future.into()
    }
    #[trigger_event("returned_futures:made")]
    fn looped(n: u8) -> Pin<Box<dyn Future<Output = u8>>> {
        let mut left = n;
        loop {
            left -= 1;
            if left == 0 {
                break Box::pin(other(n));
            }
        }
    }
    #[trigger_event("returned_futures:made")]
    fn macro_made(n: u8) -> impl Future<Output = u8> {
        macro_rules! future {
            ($n:expr) => {
                async move { $n }
            };
        }
        future!(n)
    }
    #[trigger_event("returned_futures:made")]
    fn chained(n: u8) -> impl Future<Output = u8> {
        other(n).map(|n| n + 1).then(|n| async move { n + 1 })
    }
    let kind = "returned_futures:made";
    assert_eq!(run_as_scope(kind, || block(1)), 1);
    assert_eq!(run_as_scope(kind, || called(2)), 2);
    assert_eq!(run_as_scope(kind, || helped(3)), 3);
    assert_eq!(run_as_scope(kind, || bound(4)), 4);
    assert_eq!(run_as_scope(kind, || returned(5)), 5);
    assert_eq!(run_as_scope(kind, || early(6)), 6);
    assert_eq!(run_as_scope(kind, || early(7)), 8);
    for n in [7, 8, 9] {
        assert_eq!(run_as_scope(kind, || branches(n)), n);
    }
    assert_eq!(run_as_scope(kind, || coerced(10)), 10);
    assert_eq!(run_as_scope(kind, || looped(11)), 11);
    assert_eq!(run_as_scope(kind, || macro_made(12)), 12);
    assert_eq!(run_as_scope(kind, || chained(13)), 15);
}

#[test]
fn unknown_alias_is_treated_as_a_value() {
    #[trigger_event("returned_futures:alias")]
    fn aliased(n: u8) -> Boxed<'static, u8> {
        Box::pin(async move { n })
    }
    let recorder = local::install_recorder("returned_futures:alias");
    let future = aliased(1);
    assert_eq!(recorder.len(), 2, "the scope is the call, as documented");
    assert_eq!(block_on(future), 1);
    assert_eq!(recorder.len(), 2);
}

#[test]
fn methods_can_return_futures() {
    struct Service {
        name: String,
    }
    trait Call {
        fn call<'a>(&'a self, n: &'a u8) -> impl Future<Output = usize> + Send + 'a;

        #[trigger_event("returned_futures:methods")]
        fn provided(&self, n: u8) -> impl Future<Output = usize> + Send
        where
            Self: Sync,
        {
            async move { self.call(&n).await }
        }

        fn boxed(self: Arc<Self>) -> BoxFuture<'static, usize>;
    }
    impl Call for Service {
        #[trigger_event("returned_futures:methods", data(name = self.name))]
        fn call<'a>(&'a self, n: &'a u8) -> impl Future<Output = usize> + Send + 'a {
            async move { self.name.len() + usize::from(*n) }
        }

        #[trigger_event("returned_futures:methods", ret)]
        fn boxed(self: Arc<Self>) -> BoxFuture<'static, usize> {
            Box::pin(async move { self.provided(1).await })
        }
    }
    let recorder = local::install_recorder("returned_futures:methods");
    let service = Arc::new(Service { name: "n".into() });
    assert_eq!(block_on(assert_send(service.boxed())), 2);
    let events = events(&recorder);
    assert_eq!(
        recorder.lines()[..3],
        [
            "START returned_futures:methods <Service as Call>::boxed",
            "START returned_futures:methods Call::provided n=1",
            "START returned_futures:methods <Service as Call>::call n=1 name=\"n\"",
        ]
    );
    assert_eq!(events[2].parent(), Some(events[1].id()));
    assert_eq!(events[1].parent(), Some(events[0].id()));
}

#[test]
fn scope_is_current_in_the_future_but_not_during_its_creation() {
    #[trigger_event("returned_futures:current")]
    fn boxed() -> BoxFuture<'static, bool> {
        let making = current_event().id().is_some();
        Box::pin(async move {
            let before = current_event().id().is_some();
            yield_times(1).await;
            !making && before && current_event().id().is_some()
        })
    }
    assert!(run_as_scope("returned_futures:current", boxed));
    assert!(current_event().id().is_none());
}

#[test]
fn returned_futures_can_be_generic() {
    trait Source {
        type Item: Debug;
        fn item(&self) -> Self::Item;
    }
    impl Source for u8 {
        type Item = u16;
        fn item(&self) -> u16 {
            (*self).into()
        }
    }
    #[trigger_event("returned_futures:generic", ret)]
    fn boxed<'a, S: Source, const N: usize>(
        source: &'a S,
    ) -> Pin<Box<dyn Future<Output = [S::Item; N]> + 'a>> {
        Box::pin(async move { std::array::from_fn(|_| source.item()) })
    }
    #[trigger_event("returned_futures:generic")]
    fn called<F, R>(make: F) -> impl Future<Output = R>
    where
        F: AsyncFnOnce() -> R,
    {
        async move { make().await }
    }
    #[trigger_event("returned_futures:generic")]
    fn by_impl(source: impl Source, make: impl Fn(u8) -> u8) -> impl Future<Output = u8> {
        let _ = source;
        async move { make(1) }
    }
    let kind = "returned_futures:generic";
    assert_eq!(run_as_scope(kind, || boxed::<_, 2>(&3)), [3, 3]);
    assert_eq!(run_as_scope(kind, || called(async || 4)), 4);
    assert_eq!(run_as_scope(kind, || by_impl(1, |n| n + 1)), 2);
}

macro_rules! returns {
    ($name:ident($n:ident), $output:ty, $body:block) => {
        #[trigger_event("returned_futures:macro")]
        fn $name($n: u8) -> $output $body
    };
}

#[test]
fn types_from_macros_and_in_parentheses_are_recognised() {
    returns!(boxed(n), Pin<Box<dyn Future<Output = u8> + Send>>, {
        Box::pin(async move { n })
    });
    returns!(aliased(n), BoxFuture<'static, u8>, {
        Box::pin(async move { n })
    });
    #[allow(unused_parens)]
    #[trigger_event("returned_futures:macro")]
    fn parenthesized(n: u8) -> Pin<Box<(dyn Future<Output = u8> + Send)>> {
        Box::pin(async move { n })
    }
    let kind = "returned_futures:macro";
    assert_eq!(run_as_scope(kind, || parenthesized(3)), 3);
    assert_eq!(run_as_scope(kind, || boxed(1)), 1);
    assert_eq!(run_as_scope(kind, || aliased(2)), 2);
}

mod own_alias {
    //! An alias with the name of one in the `futures` crate.
    use super::*;

    type BoxFuture<'a, T, E = String> = Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'a>>;

    #[trigger_event("returned_futures:own_alias", ret, err)]
    fn own(n: &u8) -> BoxFuture<'_, u8> {
        Box::pin(async move { Ok(*n) })
    }

    #[trigger_event("returned_futures:own_alias", ret, err)]
    fn of_two(n: &u8) -> BoxFuture<'_, u8, u32> {
        Box::pin(async move { Ok(*n) })
    }

    #[test]
    fn alias_can_change_the_output() {
        assert_eq!(
            run_as_scope("returned_futures:own_alias", || own(&1)),
            Ok(1)
        );
        assert_eq!(
            run_as_scope("returned_futures:own_alias", || of_two(&2)),
            Ok(2)
        );
    }
}
