//! Annotated `async fn`s: START at the first poll, END at completion, cancellation and panics.
#![allow(
    clippy::unused_async,
    reason = "an `async fn` without `.await` is expanded differently"
)]

mod support;

use std::cell::RefCell;
use std::error::Error;
use std::future::{Future, pending, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use event_core::{Cause, install_recorder, local, trigger_event};
use futures::executor::block_on;
use futures::future;
use support::{assert_send, events, poll_once, starts, yield_times};

#[test]
fn site_reports_whether_its_scopes_are_futures() {
    #[trigger_event("async:site")]
    async fn waits() {
        std::future::ready(()).await;
    }
    #[trigger_event("async:site")]
    fn returned() -> impl Future<Output = ()> {
        std::future::ready(())
    }
    #[trigger_event("async:site")]
    async fn done_at_once() {}
    #[trigger_event("async:site")]
    fn call() {}
    let recorder = local::install_recorder("async:site");
    block_on(waits());
    block_on(returned());
    block_on(done_at_once());
    call();
    let starts = starts(&recorder).into_iter();
    let functions = starts.map(|start| {
        let site = start.site().unwrap();
        (site.function(), site.is_async())
    });
    assert_eq!(
        functions.collect::<Vec<_>>(),
        [
            ("waits", true),
            ("returned", true),
            ("done_at_once", false),
            ("call", false)
        ]
    );
}

#[test]
fn start_is_sent_at_first_poll_and_end_at_completion() {
    #[trigger_event("async:plain")]
    async fn work(n: u32) -> u32 {
        yield_times(2).await;
        n + 1
    }
    let recorder = local::install_recorder("async:plain");
    let mut future = pin!(work(1));
    assert_eq!(recorder.len(), 0, "nothing before the first poll");
    assert!(poll_once(future.as_mut()).is_pending());
    assert_eq!(recorder.lines(), ["START async:plain work n=1"]);
    assert!(poll_once(future.as_mut()).is_pending());
    assert_eq!(recorder.len(), 1);
    assert_eq!(poll_once(future.as_mut()), Poll::Ready(2));
    assert_eq!(recorder.lines()[1..], ["END async:plain work n=1"]);
    let events = events(&recorder);
    assert_eq!(events[0].id(), events[1].id());
    assert!(!events[1].is_failed());
}

#[test]
fn unpolled_futures_emit_no_events() {
    #[trigger_event("async:never_polled")]
    async fn work() {}
    let recorder = local::install_recorder("async:never_polled");
    drop(work());
    assert_eq!(recorder.len(), 0);
}

#[test]
fn dropping_a_pending_future_cancels_its_scope() {
    #[trigger_event("async:cancelled")]
    async fn work(name: String) -> String {
        pending::<()>().await;
        name
    }
    let recorder = local::install_recorder("async:cancelled");
    {
        let mut future = Box::pin(work("n".into()));
        assert!(poll_once(future.as_mut()).is_pending());
    }
    let events = events(&recorder);
    assert_eq!(events.len(), 2);
    assert!(events[1].is_failed());
    assert_eq!(events[1].exc_details().unwrap().cause(), Cause::Cancelled);
    assert_eq!(events[1].data().to_string(), r#"name="n""#);
    assert_eq!(events[0].id(), events[1].id());
}

#[test]
fn dropping_a_finished_future_emits_nothing() {
    #[trigger_event("async:finished")]
    async fn work() {}
    let recorder = local::install_recorder("async:finished");
    let mut future = Box::pin(work());
    assert!(poll_once(future.as_mut()).is_ready());
    assert_eq!(recorder.len(), 2);
    drop(future);
    assert_eq!(recorder.len(), 2);
}

#[test]
fn early_return_is_not_a_cancellation() {
    #[trigger_event("async:early", ret)]
    async fn work(n: u32) -> u32 {
        if n == 0 {
            return 5;
        }
        yield_times(1).await;
        6
    }
    let recorder = local::install_recorder("async:early");
    assert_eq!(block_on(work(0)), 5);
    assert_eq!(block_on(work(1)), 6);
    let events = events(&recorder);
    assert!(!events[1].is_failed());
    assert_eq!(events[1].data().get("return").unwrap().to_u64(), Some(5));
    assert_eq!(events[3].data().get("return").unwrap().to_u64(), Some(6));
}

#[test]
fn panic_ends_the_scope_and_propagates_unchanged() {
    #[trigger_event("async:panic")]
    async fn work() {
        yield_times(1).await;
        std::panic::panic_any(7_u32);
    }
    let recorder = local::install_recorder("async:panic");
    let payload = catch_unwind(|| block_on(work())).unwrap_err();
    assert_eq!(*payload.downcast::<u32>().unwrap(), 7);
    let events = events(&recorder);
    assert_eq!(events.len(), 2);
    let exc = events[1].exc_details().unwrap();
    assert_eq!(exc.cause(), Cause::Panic);
    assert_eq!(exc.location().unwrap().file(), file!());
}

#[test]
fn dropping_a_panicked_future_emits_nothing() {
    #[trigger_event("async:panic_drop")]
    async fn work() {
        panic!("message");
    }
    let recorder = local::install_recorder("async:panic_drop");
    let mut future = Box::pin(work());
    let outcome = catch_unwind(AssertUnwindSafe(|| poll_once(future.as_mut())));
    assert!(outcome.is_err());
    drop(future);
    let events = events(&recorder);
    assert_eq!(events.len(), 2);
    assert_eq!(events[1].exc_details().unwrap().message(), "message");
}

#[test]
fn future_dropped_during_unwinding_is_cancelled() {
    #[trigger_event("async:unwound")]
    async fn work() {
        pending::<()>().await;
    }
    let recorder = local::install_recorder("async:unwound");
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let mut future = Box::pin(work());
        assert!(poll_once(future.as_mut()).is_pending());
        panic!("elsewhere");
    }));
    assert!(outcome.is_err());
    assert_eq!(
        events(&recorder)[1].exc_details().unwrap().cause(),
        Cause::Cancelled
    );
}

#[test]
fn future_dropped_on_another_thread_ends_on_that_thread() {
    #[trigger_event("async:dropped_elsewhere")]
    async fn work() {
        pending::<()>().await;
    }
    let recorder = local::install_recorder("async:dropped_elsewhere");
    let mut future = Box::pin(work());
    assert!(poll_once(future.as_mut()).is_pending());
    std::thread::spawn(move || drop(future)).join().unwrap();
    let events = events(&recorder);
    assert_eq!(
        events.len(),
        2,
        "a local listener receives the END of a scope that its thread started"
    );
    assert_eq!(events[1].exc_details().unwrap().cause(), Cause::Cancelled);
    assert_ne!(events[0].thread(), events[1].thread());
}

#[test]
fn future_that_moves_between_threads_keeps_its_id() {
    #[trigger_event("async:moved")]
    async fn work() -> u8 {
        yield_times(2).await;
        inner().await
    }
    #[trigger_event("async:moved_inner")]
    async fn inner() -> u8 {
        1
    }
    let recorder = install_recorder("async:moved*");
    let mut future = Box::pin(work());
    assert!(poll_once(future.as_mut()).is_pending());
    let value = std::thread::spawn(move || block_on(future)).join().unwrap();
    assert_eq!(value, 1);
    let events = events(&recorder);
    assert_eq!(events.len(), 4);
    assert_eq!(events[0].id(), events[3].id());
    assert_eq!(events[1].parent(), Some(events[0].id()));
    assert_eq!(events[1].thread(), events[3].thread());
    assert_ne!(events[0].thread(), events[3].thread());
}

#[test]
fn ret_and_err_apply_to_the_output_of_a_future() {
    #[trigger_event("async:ret_err", ret, err)]
    async fn parse(text: &str) -> Result<u32, Box<dyn Error>> {
        yield_times(1).await;
        Ok(text.parse::<u32>()?)
    }
    #[trigger_event("async:ret_err", err)]
    async fn refuse() -> Result<(), String> {
        Err("refused".to_owned())
    }
    let recorder = local::install_recorder("async:ret_err");
    assert_eq!(block_on(parse("3")).unwrap(), 3);
    assert!(block_on(parse("x")).is_err());
    assert!(block_on(refuse()).is_err());
    let events = events(&recorder);
    assert!(
        events[1]
            .data()
            .get("return")
            .unwrap()
            .to_string()
            .contains('3')
    );
    assert!(!events[1].is_failed());
    assert_eq!(
        events[3].exc_details().unwrap().message(),
        "invalid digit found in string"
    );
    assert_eq!(events[5].exc_details().unwrap().message(), "refused");
    assert_eq!(events[5].exc_details().unwrap().cause(), Cause::Error);
}

#[test]
fn arguments_captured_at_first_poll_are_repeated_at_end() {
    #[trigger_event("async:data")]
    async fn work(text: &str, list: &mut Vec<u32>, owned: String, (a, _): (u8, u8)) -> usize {
        list.clear();
        yield_times(1).await;
        drop(owned);
        text.len() + usize::from(a)
    }
    let recorder = local::install_recorder("async:data");
    let mut list = vec![1];
    {
        let text = String::from("ab");
        assert_eq!(block_on(work(&text, &mut list, "o".into(), (1, 2))), 3);
    }
    let data = r#"text="ab" list=[1] owned="o" a=1"#;
    assert_eq!(
        recorder.lines(),
        [
            format!("START async:data work {data}"),
            format!("END async:data work {data}")
        ]
    );
}

#[test]
fn futures_stay_send() {
    #[trigger_event("async:send")]
    async fn plain(n: &u32) -> u32 {
        yield_times(*n).await;
        *n
    }
    #[trigger_event("async:send")]
    async fn mutable(list: &mut Vec<u32>, name: String) -> usize {
        yield_times(1).await;
        list.push(1);
        name.len()
    }
    #[trigger_event("async:send")]
    async fn generic<T: Send>(value: T) -> T {
        yield_times(1).await;
        value
    }
    #[trigger_event("async:send")]
    async fn unsync(cell: std::cell::Cell<u32>) -> u32 {
        yield_times(1).await;
        cell.get()
    }
    #[trigger_event("async:send", ret, err)]
    async fn fallible(
        boxed: Box<dyn Error + Send + Sync>,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        yield_times(1).await;
        Err(boxed)
    }
    #[trigger_event("async:send", skip_all, data(len = raw.len()))]
    async fn raw_inside(raw: Arc<str>) -> usize {
        yield_times(1).await;
        raw.len()
    }
    let recorder = local::install_recorder("async:send");
    block_on(async {
        assert_send(plain(&1)).await;
        assert_send(mutable(&mut vec![], String::new())).await;
        assert_send(generic(1_u8)).await;
        assert_send(unsync(std::cell::Cell::new(1))).await;
        let _ = assert_send(fallible("x".into())).await;
        assert_send(raw_inside("x".into())).await;
    });
    assert_eq!(recorder.len(), 12);
}

#[test]
fn futures_that_are_not_send_compile() {
    #[trigger_event("async:not_send", ret)]
    async fn work(shared: Rc<RefCell<u32>>) -> Rc<RefCell<u32>> {
        yield_times(1).await;
        *shared.borrow_mut() += 1;
        shared
    }
    let recorder = local::install_recorder("async:not_send");
    assert_eq!(*block_on(work(Rc::new(RefCell::new(1)))).borrow(), 2);
    assert_eq!(
        recorder.lines()[0],
        "START async:not_send work shared=RefCell { value: 1 }"
    );
}

struct Client {
    calls: u32,
}

trait Service {
    async fn call(&mut self, name: &str) -> u32;

    #[trigger_event("async:methods")]
    async fn twice(&mut self, name: &str) -> u32 {
        self.call(name).await + self.call(name).await
    }
}

impl Service for Client {
    #[trigger_event("async:methods", data(calls = self.calls))]
    async fn call(&mut self, name: &str) -> u32 {
        yield_times(1).await;
        self.calls += 1;
        self.calls + u32::try_from(name.len()).unwrap()
    }
}

impl Client {
    #[trigger_event("async:methods")]
    async fn calls_mut(&mut self) -> &mut u32 {
        yield_times(1).await;
        &mut self.calls
    }

    #[trigger_event("async:methods")]
    async fn consume(self) -> u32 {
        self.calls
    }

    #[trigger_event("async:methods")]
    async fn by_arc(self: Arc<Self>, f: impl Fn(u32) -> u32) -> impl Iterator<Item = u32> {
        std::iter::once(f(self.calls))
    }

    #[trigger_event("async:methods")]
    async fn reassigned<'a>(&self, mut text: &'a str, fallback: &'a str) -> usize {
        let local = String::from("local");
        if text.is_empty() {
            text = &local;
        }
        yield_times(1).await;
        text.len() + fallback.len()
    }
}

#[test]
fn async_methods_and_trait_methods_are_instrumented() {
    let recorder = local::install_recorder("async:methods");
    block_on(async {
        let mut client = Client { calls: 0 };
        assert_eq!(client.twice("a").await, 5);
        *client.calls_mut().await = 7;
        assert_eq!(client.reassigned("", "x").await, 6);
        assert_eq!(client.consume().await, 7);
        let client = Arc::new(Client { calls: 1 });
        assert_eq!(client.by_arc(|n| n + 1).await.sum::<u32>(), 2);
    });
    assert_eq!((starts(&recorder).len(), recorder.len()), (7, 14));
}

#[test]
fn recursive_futures_can_be_boxed() {
    #[trigger_event("async:recursion")]
    async fn depth(n: u32) -> u32 {
        if n == 0 {
            0
        } else {
            1 + Box::pin(depth(n - 1)).await
        }
    }
    let recorder = local::install_recorder("async:recursion");
    assert_eq!(block_on(depth(5)), 5);
    let events = events(&recorder);
    for depth in 1..6 {
        assert_eq!(events[depth].parent(), Some(events[depth - 1].id()));
    }
}

#[test]
fn early_question_mark_is_not_a_cancellation() {
    #[trigger_event("async:question")]
    async fn question(value: Option<u32>) -> Option<u32> {
        let value = value?;
        yield_times(value).await;
        Some(value)
    }
    let recorder = local::install_recorder("async:question");
    assert_eq!(block_on(question(None)), None);
    assert_eq!(block_on(question(Some(1))), Some(1));
    assert!(events(&recorder).iter().all(|event| !event.is_failed()));
}

#[test]
fn async_fn_can_return_never() {
    #[trigger_event("async:never")]
    async fn forever() -> ! {
        loop {
            yield_times(1).await;
        }
    }
    let recorder = local::install_recorder("async:never");
    block_on(async {
        let forever = Box::pin(forever());
        let now = Box::pin(ready(1));
        assert!(matches!(
            future::select(forever, now).await,
            future::Either::Right(_)
        ));
    });
    assert_eq!(
        events(&recorder)[1].exc_details().unwrap().cause(),
        Cause::Cancelled
    );
}

#[test]
fn stacked_attributes_nest_around_a_future() {
    #[trigger_event("async:nest_outer")]
    #[trigger_event("async:nest_inner")]
    async fn work(n: u32) -> u32 {
        yield_times(1).await;
        n
    }
    let recorder = local::install_recorder("async:nest_*");
    assert_eq!(block_on(work(1)), 1);
    assert_eq!(
        recorder.lines(),
        [
            "START async:nest_outer work n=1",
            "START async:nest_inner work n=1",
            "END async:nest_inner work n=1",
            "END async:nest_outer work n=1",
        ]
    );
    let events = events(&recorder);
    assert_eq!(events[1].parent(), Some(events[0].id()));
}

#[test]
fn listener_installed_between_polls_does_not_receive_the_end() {
    #[trigger_event("async:late")]
    async fn work() {
        yield_times(1).await;
    }
    let mut future = pin!(work());
    assert!(poll_once(future.as_mut()).is_pending());
    let recorder = local::install_recorder("async:late");
    assert!(poll_once(future.as_mut()).is_ready());
    assert_eq!(recorder.len(), 0);
}
