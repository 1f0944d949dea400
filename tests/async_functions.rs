//! Annotated futures: START at the first poll, END when done, and parents right across `.await`.
#![allow(
    clippy::unused_async,
    reason = "an `async fn` that awaits nothing is a shape of its own"
)]

mod support;

use std::cell::RefCell;
use std::error::Error;
use std::future::{Future, pending, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use event_core::{
    Cause, Event, EventId, current_event, enter_event, install_recorder, local, trigger_event,
};
use futures::executor::{LocalPool, block_on};
use futures::stream::{FuturesUnordered, StreamExt};
use futures::task::LocalSpawnExt;
use futures::{FutureExt, future, join, select};
use support::{assert_send, events, poll_once, yield_times};

fn start<'e>(events: &'e [Event<'static>], kind: &str, nth: usize) -> &'e Event<'static> {
    let mut starts = events
        .iter()
        .filter(|it| it.is_start() && it.kind().as_str() == kind);
    starts.nth(nth).unwrap()
}

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
    let starts = events(&recorder).into_iter().filter(Event::is_start);
    let told = starts.map(|start| {
        let site = start.site().unwrap();
        (site.function(), site.is_async())
    });
    assert_eq!(
        told.collect::<Vec<_>>(),
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
    assert_eq!(recorder.lines(), ["START async:plain n=1"]);
    assert!(poll_once(future.as_mut()).is_pending());
    assert_eq!(recorder.len(), 1);
    assert_eq!(poll_once(future.as_mut()), Poll::Ready(2));
    assert_eq!(recorder.lines()[1..], ["END async:plain n=1"]);
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
        "a local listener hears the END of what its thread started"
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

#[trigger_event("async:tree_leaf")]
async fn leaf(name: u32) -> u32 {
    yield_times(name).await;
    plain(name)
}

#[trigger_event("async:tree_plain")]
fn plain(name: u32) -> u32 {
    name
}

#[trigger_event("async:tree_branch")]
async fn branch(name: u32) -> u32 {
    yield_times(1).await;
    let one = leaf(name).await;
    yield_times(2).await;
    one + leaf(name + 1).await
}

/// Checks that every plain event is the child of the leaf of its name, and leaves of branches.
fn check_tree(events: &[Event<'static>]) {
    let by_id = |id: EventId| events.iter().find(|event| event.id() == id).unwrap();
    let name = |event: &Event<'_>| event.data().get("name").unwrap().to_u64().unwrap();
    let mut checked = 0;
    for event in events.iter().filter(|event| event.is_start()) {
        let parent = event.parent().map(by_id);
        match event.kind().as_str() {
            "async:tree_plain" => {
                let parent = parent.unwrap();
                assert_eq!(parent.kind().as_str(), "async:tree_leaf");
                assert_eq!(name(parent), name(event));
                checked += 1;
            }
            "async:tree_leaf" => {
                let parent = parent.unwrap();
                assert_eq!(parent.kind().as_str(), "async:tree_branch");
                assert!([name(parent), name(parent) + 1].contains(&name(event)));
                checked += 1;
            }
            _ => {}
        }
    }
    assert!(checked > 0);
}

#[test]
fn parents_are_correct_across_join() {
    let recorder = local::install_recorder("async:tree_*");
    let sum = block_on(trigger_event("async:tree_root", (), || async {
        let (one, two, three) = join!(branch(10), branch(20), branch(30));
        one + two + three
    }));
    assert_eq!(sum, 123);
    let events = events(&recorder);
    check_tree(&events);
    assert_eq!(events.len(), 2 + 3 * 2 + 6 * 4);
    assert!(current_event().id().is_none(), "nothing stays current");
}

#[test]
fn parents_are_correct_across_select() {
    #[trigger_event("async:select_outer")]
    async fn outer() -> u32 {
        let mut slow = pin!(inner(100).fuse());
        let mut fast = pin!(inner(2).fuse());
        let value = select! { value = slow => value, value = fast => value };
        after().await;
        value
    }
    #[trigger_event("async:select_inner")]
    async fn inner(times: u32) -> u32 {
        yield_times(times).await;
        times
    }
    #[trigger_event("async:select_after")]
    async fn after() {
        yield_times(1).await;
    }
    let recorder = local::install_recorder("async:select_*");
    assert_eq!(block_on(outer()), 2);
    let events = events(&recorder);
    let outer = start(&events, "async:select_outer", 0);
    for (kind, nth) in [("inner", 0), ("inner", 1), ("after", 0)] {
        assert_eq!(
            start(&events, &format!("async:select_{kind}"), nth).parent(),
            Some(outer.id())
        );
    }
    let cancelled: Vec<_> = events.iter().filter(|event| event.is_failed()).collect();
    assert_eq!(cancelled.len(), 1);
    assert_eq!(
        cancelled[0].data().get("times").unwrap().to_u64(),
        Some(100)
    );
    assert!(current_event().id().is_none());
}

#[test]
fn parents_are_correct_across_futures_unordered() {
    let recorder = local::install_recorder("async:tree_*");
    let mut all: FuturesUnordered<_> = (1..20).map(|n| branch(n * 5)).collect();
    let mut sum = 0;
    block_on(async {
        while let Some(value) = all.next().await {
            sum += value;
        }
    });
    assert_eq!(sum, (1..20).map(|n| n * 10 + 1).sum());
    check_tree(&events(&recorder));
    assert!(current_event().id().is_none());
}

#[test]
fn parents_are_correct_in_an_interleaving_executor() {
    let recorder = local::install_recorder("async:tree_*");
    let mut pool = LocalPool::new();
    for n in 1..10 {
        pool.spawner()
            .spawn_local(branch(n * 10).map(drop))
            .unwrap();
    }
    pool.run();
    check_tree(&events(&recorder));
    for branch in events(&recorder)
        .iter()
        .filter(|it| it.kind().as_str() == "async:tree_branch")
    {
        assert!(branch.parent().is_none());
    }
}

#[test]
fn nested_executors_keep_parents_apart() {
    let recorder = local::install_recorder("async:tree_*");
    let mut one = pin!(branch(10));
    let mut two = pin!(branch(20));
    let mut three = pin!(async { block_on(branch(30)) });
    let (mut done_one, mut done_two, mut done_three) = (false, false, false);
    while !(done_one && done_two && done_three) {
        done_two = done_two || poll_once(two.as_mut()).is_ready();
        done_one = done_one || poll_once(one.as_mut()).is_ready();
        done_three = done_three || poll_once(three.as_mut()).is_ready();
    }
    check_tree(&events(&recorder));
}

#[test]
fn cancelled_child_ends_before_its_parent() {
    #[trigger_event("async:cancel_tree_outer")]
    async fn outer() {
        inner().await;
    }
    #[trigger_event("async:cancel_tree_inner")]
    async fn inner() {
        let _guard = enter_event("async:cancel_tree_guard", ());
        let _drops = Drops;
        pending::<()>().await;
    }
    struct Drops;
    impl Drop for Drops {
        fn drop(&mut self) {
            trigger_event("async:cancel_tree_drop", (), || {});
        }
    }
    let recorder = local::install_recorder("async:cancel_tree_*");
    {
        let mut future = Box::pin(outer());
        assert!(poll_once(future.as_mut()).is_pending());
    }
    let events = events(&recorder);
    let order: Vec<String> = events
        .iter()
        .map(|it| {
            format!(
                "{} {}",
                it.status(),
                &it.kind().as_str()["async:cancel_tree_".len()..]
            )
        })
        .collect();
    assert_eq!(
        order,
        [
            "START outer",
            "START inner",
            "START guard",
            "START drop",
            "END drop",
            "END guard",
            "END inner",
            "END outer",
        ]
    );
    assert_eq!(events[1].parent(), Some(events[0].id()));
    assert!([events[1].id(), events[2].id()].contains(&events[3].parent().unwrap()));
    assert!(current_event().id().is_none());
}

#[test]
fn guard_held_across_await_does_not_leak_its_parent() {
    #[trigger_event("async:guard_scope")]
    async fn holds() {
        let _guard = enter_event("async:guard_held", ());
        yield_times(2).await;
    }
    #[trigger_event("async:guard_other")]
    fn other() {}
    let recorder = local::install_recorder("async:guard_*");
    let mut future = pin!(holds());
    assert!(poll_once(future.as_mut()).is_pending());
    other();
    let events = events(&recorder);
    assert_eq!(start(&events, "async:guard_other", 0).parent(), None);
}

#[test]
fn run_future_uses_the_handle_as_parent() {
    #[trigger_event("async:handle_outer")]
    async fn outer() -> Option<EventId> {
        let handle = current_event();
        let task = handle.run_future(inner());
        std::thread::spawn(|| block_on(task)).join().unwrap();
        handle.id()
    }
    #[trigger_event("async:handle_inner")]
    async fn inner() {
        yield_times(2).await;
        trigger_event("async:handle_leaf", (), || {});
    }
    let recorder = install_recorder("async:handle_*");
    let id = block_on(outer());
    let events = events(&recorder);
    assert_eq!(Some(events[0].id()), id);
    assert_eq!(start(&events, "async:handle_inner", 0).parent(), id);
    let inner = start(&events, "async:handle_inner", 0).id();
    assert_eq!(start(&events, "async:handle_leaf", 0).parent(), Some(inner));
}

#[test]
fn spawned_task_without_a_handle_has_no_parent() {
    #[trigger_event("async:spawned_inner")]
    async fn inner() {}
    let recorder = install_recorder("async:spawned_*");
    trigger_event("async:spawned_outer", (), || {
        std::thread::spawn(|| block_on(inner())).join().unwrap();
    });
    assert_eq!(
        start(&events(&recorder), "async:spawned_inner", 0).parent(),
        None
    );
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
            format!("START async:data {data}"),
            format!("END async:data {data}")
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
        "START async:not_send shared=RefCell { value: 1 }"
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
    let starts = events(&recorder)
        .iter()
        .filter(|event| event.is_start())
        .count();
    assert_eq!((starts, recorder.len()), (7, 14));
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
        let (forever, now) = (Box::pin(forever()), Box::pin(ready(1)));
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
            "START async:nest_outer n=1",
            "START async:nest_inner n=1",
            "END async:nest_inner n=1",
            "END async:nest_outer n=1",
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

/// Notes in a log that it was dropped.
struct Noisy(&'static str, Rc<RefCell<Vec<&'static str>>>);

impl Drop for Noisy {
    fn drop(&mut self) {
        self.1.borrow_mut().push(self.0);
    }
}

#[test]
fn async_arguments_are_dropped_in_declaration_order() {
    async fn plain(a: Noisy, _: Noisy, b: Noisy, _c: Noisy) {
        let _local = Noisy("local", Rc::clone(&b.1));
        yield_times(1).await;
        drop(a);
    }
    #[trigger_event("async:drop_order")]
    async fn annotated(a: Noisy, _: Noisy, b: Noisy, _c: Noisy) {
        let _local = Noisy("local", Rc::clone(&b.1));
        yield_times(1).await;
        drop(a);
    }
    let run = |annotate: bool, polls: usize| {
        let log = Rc::new(RefCell::new(Vec::new()));
        let noisy = |name| Noisy(name, Rc::clone(&log));
        let (a, wild, b, c) = (noisy("a"), noisy("_"), noisy("b"), noisy("c"));
        let mut future: Pin<Box<dyn Future<Output = ()>>> = if annotate {
            Box::pin(annotated(a, wild, b, c))
        } else {
            Box::pin(plain(a, wild, b, c))
        };
        for _ in 0..polls {
            let _ = poll_once(future.as_mut());
        }
        log.borrow_mut().push("polled");
        drop(future);
        log.take()
    };
    for polls in 0..3 {
        assert_eq!(
            run(true, polls),
            run(false, polls),
            "nobody listens, {polls} polls"
        );
    }
    let _recorder = local::install_recorder("async:drop_order");
    for polls in 0..3 {
        assert_eq!(
            run(true, polls),
            run(false, polls),
            "somebody listens, {polls} polls"
        );
    }
}

#[test]
fn parents_are_correct_for_many_tasks_on_many_threads() {
    let recorder = install_recorder("async:tree_*");
    let marker = recorder.listener().len();
    let workers: Vec<_> = (0..4)
        .map(|worker| {
            std::thread::spawn(move || {
                block_on(future::join_all(
                    (0..20).map(|n| branch(worker * 1000 + n * 10)),
                ))
                .len()
            })
        })
        .collect();
    for worker in workers {
        assert_eq!(worker.join().unwrap(), 20);
    }
    assert!(recorder.len() >= marker + 80 * 10);
}
