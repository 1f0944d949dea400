//! Signatures of annotated `async fn`s: which borrows, traits and spawns they allow.
//!
//! `tests/clippy/shapes.rs` has such functions in an older edition.
#![allow(
    clippy::all,
    clippy::pedantic,
    reason = "the functions show signatures and are not idiomatic code"
)]

mod support;

use std::fmt::Debug;
use std::future::{Future, ready};
use std::pin::{Pin, pin};
use std::sync::Arc;

use event_core::{install_recorder, local, trigger_event};
use futures::executor::block_on;
use support::{assert_send, yield_times};

/// Holds a reference.
struct Holder<'h, T>(&'h T);

#[trigger_event("async_signatures:methods")]
impl<'h, T: Debug> Holder<'h, T> {
    async fn get(&self) -> &'h T {
        yield_times(1).await;
        self.0
    }

    async fn take(mut self, other: &'h T) -> &'h T {
        self.0 = other;
        yield_times(1).await;
        self.0
    }

    async fn set(&mut self, other: &'h T) {
        yield_times(1).await;
        self.0 = other;
    }

    async fn pinned(self: Pin<&mut Self>, number: &u8) -> u8 {
        yield_times(1).await;
        *number
    }

    async fn shared(self: Arc<Self>, number: u8) -> (Arc<Self>, u8) {
        yield_times(1).await;
        (self, number)
    }
}

#[test]
fn receivers_and_results_may_borrow_for_their_own_lifetimes() {
    let recorder = local::install_recorder("async_signatures:methods");
    let (one, two) = (1_u8, 2_u8);
    let kept = {
        let mut holder = Holder(&one);
        block_on(holder.set(&two));
        assert_eq!(block_on(pin!(Holder(&one)).pinned(&3)), 3);
        assert_eq!(block_on(Arc::new(Holder(&one)).shared(4)).1, 4);
        let got = block_on(holder.get());
        assert_eq!(*block_on(holder.take(&one)), 1);
        got
    };
    assert_eq!(*kept, 2);
    assert_eq!(recorder.len(), 10);
}

#[test]
fn arguments_may_be_references_patterns_and_impl_trait() {
    #[trigger_event("async_signatures:arguments", ret)]
    async fn all(
        text: &str,
        list: &mut Vec<u8>,
        shown: impl Debug,
        (one, mut two): (u8, u8),
        [first, ..]: [u8; 3],
        &number: &u8,
        call: impl Fn(&str) -> &str,
    ) -> usize {
        list.push(one);
        yield_times(1).await;
        two += first + number;
        list.push(two);
        call(text).len() + format!("{shown:?}").len()
    }
    let recorder = local::install_recorder("async_signatures:arguments");
    let mut list = Vec::new();
    let len = all("abc", &mut list, 'x', (1, 2), [3, 4, 5], &6, |text| {
        &text[1..]
    });
    assert_eq!(block_on(len), 5);
    assert_eq!(list, [1, 11]);
    let lines = recorder.lines();
    assert!(lines[0].contains(r#"text="abc" list=[] shown='x' one=1 two=2 first=3 number=6"#));
    assert!(lines[1].ends_with("return=5"), "{lines:?}");
}

#[test]
fn invariant_lifetimes_of_arguments_may_be_swapped() {
    #[trigger_event("async_signatures:invariant")]
    async fn swap<'a>(one: &mut &'a str, two: &mut &'a str) -> &'a str {
        std::mem::swap(one, two);
        yield_times(1).await;
        one
    }
    let recorder = local::install_recorder("async_signatures:invariant");
    let (mut one, mut two) = ("a", "b");
    assert_eq!(block_on(swap(&mut one, &mut two)), "b");
    assert_eq!((one, two), ("b", "a"));
    assert_eq!(recorder.len(), 2);
}

#[test]
fn recursive_futures_are_send() {
    #[trigger_event("async_signatures:recursive")]
    async fn depth(n: u32) -> u32 {
        match n {
            0 => 0,
            _ => Box::pin(depth(n - 1)).await + 1,
        }
    }
    let recorder = local::install_recorder("async_signatures:recursive");
    assert_eq!(block_on(assert_send(depth(3))), 3);
    assert_eq!(recorder.len(), 8);
}

#[test]
fn futures_that_borrow_can_be_spawned_inside_of_others() {
    #[trigger_event("async_signatures:spawned")]
    async fn len(text: &str, other: &impl Debug) -> usize {
        ready(()).await;
        text.len() + format!("{other:?}").len()
    }
    let recorder = install_recorder("async_signatures:spawned");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let task = runtime.spawn(async {
        let text = String::from("abc");
        len(&text, &1).await
    });
    assert_eq!(runtime.block_on(task).unwrap(), 4);
    assert_eq!(recorder.len(), 2);
}

#[test]
fn async_methods_implement_traits() {
    trait Load {
        fn load(&self, path: &str) -> impl Future<Output = usize> + Send;
        #[allow(async_fn_in_trait)]
        async fn borrow<'a>(&'a self, path: &'a str) -> &'a str;
        #[allow(async_fn_in_trait)]
        #[trigger_event("async_signatures:traits")]
        async fn close(&mut self, code: u8) -> u8 {
            yield_times(1).await;
            code
        }
    }
    struct File;
    impl Load for File {
        #[trigger_event("async_signatures:traits")]
        async fn load(&self, path: &str) -> usize {
            yield_times(1).await;
            path.len()
        }

        #[trigger_event("async_signatures:traits")]
        async fn borrow<'a>(&'a self, path: &'a str) -> &'a str {
            yield_times(1).await;
            path
        }
    }
    struct Socket(String);
    #[trigger_event("async_signatures:traits")]
    impl Load for Socket {
        async fn load(&self, path: &str) -> usize {
            yield_times(1).await;
            path.len() + self.0.len()
        }

        async fn borrow<'a>(&'a self, _: &'a str) -> &'a str {
            yield_times(1).await;
            &self.0
        }

        async fn close(&mut self, code: u8) -> u8 {
            yield_times(1).await;
            self.0.clear();
            code + 1
        }
    }
    fn sendable(load: &impl Load) -> impl Future<Output = usize> + Send {
        load.load("abc")
    }
    let recorder = local::install_recorder("async_signatures:traits");
    let mut socket = Socket("de".to_owned());
    assert_eq!(block_on(sendable(&File)), 3);
    assert_eq!(block_on(sendable(&socket)), 5);
    assert_eq!(block_on(File.borrow("f")), "f");
    assert_eq!(block_on(socket.borrow("f")), "de");
    assert_eq!(block_on(File.close(1)), 1);
    assert_eq!(block_on(socket.close(1)), 2);
    assert_eq!(recorder.len(), 12);
    assert!(recorder.lines()[0].contains("load path=\"abc\""));
}

/// A future that is enabled between its creation and its first poll broadcasts both events.
#[test]
fn first_poll_decides_whether_a_future_is_enabled() {
    #[trigger_event("async_signatures:first_poll")]
    async fn work(n: u8) -> u8 {
        yield_times(1).await;
        n
    }
    let created_before = work(1);
    let mut polled_before = Box::pin(work(2));
    assert!(support::poll_once(polled_before.as_mut()).is_pending());
    let recorder = local::install_recorder("async_signatures:first_poll");
    assert_eq!(block_on(created_before), 1);
    assert_eq!(block_on(polled_before), 2);
    assert_eq!(recorder.len(), 2);
    let mut polled_after = Box::pin(work(3));
    assert!(support::poll_once(polled_after.as_mut()).is_pending());
    assert!(recorder.lines()[2].ends_with("n=3"));
}
