//! Parents of events in async code: in one executor, in several, and across threads.
#![allow(
    clippy::unused_async,
    reason = "an `async fn` without `.await` is expanded differently"
)]

mod support;

use std::collections::HashMap;
use std::future::pending;
use std::pin::pin;
use std::time::Duration;

use event_core::{
    Event, EventId, Value, current_event, enter_event, install_recorder, local, trigger_event,
};
use futures::executor::{LocalPool, block_on};
use futures::stream::{FuturesUnordered, StreamExt};
use futures::task::LocalSpawnExt;
use futures::{FutureExt, future, join, select};
use support::{events, poll_once, yield_times};
use tokio::task::yield_now;

/// Returns START number `nth` of `kind`.
fn start<'e>(events: &'e [Event<'static>], kind: &str, nth: usize) -> &'e Event<'static> {
    let mut starts = events
        .iter()
        .filter(|it| it.is_start() && it.kind().as_str() == kind);
    starts.nth(nth).unwrap()
}

#[trigger_event("async_parents:tree_leaf")]
async fn leaf(name: u32) -> u32 {
    yield_times(name).await;
    plain(name)
}

#[trigger_event("async_parents:tree_plain")]
fn plain(name: u32) -> u32 {
    name
}

#[trigger_event("async_parents:tree_branch")]
async fn branch(name: u32) -> u32 {
    yield_times(1).await;
    let one = leaf(name).await;
    yield_times(2).await;
    one + leaf(name + 1).await
}

/// Checks that each plain event has the leaf with its name as parent, and each leaf a branch.
fn check_tree(events: &[Event<'static>]) {
    let by_id = |id: EventId| events.iter().find(|event| event.id() == id).unwrap();
    let name = |event: &Event<'_>| event.data().get("name").unwrap().to_u64().unwrap();
    let mut checked = 0;
    for event in events.iter().filter(|event| event.is_start()) {
        let parent = event.parent().map(by_id);
        match event.kind().as_str() {
            "async_parents:tree_plain" => {
                let parent = parent.unwrap();
                assert_eq!(parent.kind().as_str(), "async_parents:tree_leaf");
                assert_eq!(name(parent), name(event));
                checked += 1;
            }
            "async_parents:tree_leaf" => {
                let parent = parent.unwrap();
                assert_eq!(parent.kind().as_str(), "async_parents:tree_branch");
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
    let recorder = local::install_recorder("async_parents:tree_*");
    let sum = block_on(trigger_event("async_parents:tree_root", (), || async {
        let (one, two, three) = join!(branch(10), branch(20), branch(30));
        one + two + three
    }));
    assert_eq!(sum, 123);
    let events = events(&recorder);
    check_tree(&events);
    assert_eq!(events.len(), 2 + 3 * 2 + 6 * 4);
    assert!(current_event().id().is_none(), "no scope stays current");
}

#[test]
fn parents_are_correct_across_select() {
    #[trigger_event("async_parents:select_outer")]
    async fn outer() -> u32 {
        let mut slow = pin!(inner(100).fuse());
        let mut fast = pin!(inner(2).fuse());
        let value = select! { value = slow => value, value = fast => value };
        after().await;
        value
    }
    #[trigger_event("async_parents:select_inner")]
    async fn inner(times: u32) -> u32 {
        yield_times(times).await;
        times
    }
    #[trigger_event("async_parents:select_after")]
    async fn after() {
        yield_times(1).await;
    }
    let recorder = local::install_recorder("async_parents:select_*");
    assert_eq!(block_on(outer()), 2);
    let events = events(&recorder);
    let outer = start(&events, "async_parents:select_outer", 0);
    for (kind, nth) in [("inner", 0), ("inner", 1), ("after", 0)] {
        assert_eq!(
            start(&events, &format!("async_parents:select_{kind}"), nth).parent(),
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
    let recorder = local::install_recorder("async_parents:tree_*");
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
    let recorder = local::install_recorder("async_parents:tree_*");
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
        .filter(|it| it.kind().as_str() == "async_parents:tree_branch")
    {
        assert!(branch.parent().is_none());
    }
}

#[test]
fn nested_executors_keep_parents_apart() {
    let recorder = local::install_recorder("async_parents:tree_*");
    let mut one = pin!(branch(10));
    let mut two = pin!(branch(20));
    let mut three = pin!(async { block_on(branch(30)) });
    let mut done_one = false;
    let mut done_two = false;
    let mut done_three = false;
    while !(done_one && done_two && done_three) {
        done_two = done_two || poll_once(two.as_mut()).is_ready();
        done_one = done_one || poll_once(one.as_mut()).is_ready();
        done_three = done_three || poll_once(three.as_mut()).is_ready();
    }
    check_tree(&events(&recorder));
}

#[test]
fn cancelled_child_ends_before_its_parent() {
    #[trigger_event("async_parents:cancel_tree_outer")]
    async fn outer() {
        inner().await;
    }
    #[trigger_event("async_parents:cancel_tree_inner")]
    async fn inner() {
        let _guard = enter_event("async_parents:cancel_tree_guard", ());
        let _drops = Drops;
        pending::<()>().await;
    }
    struct Drops;
    impl Drop for Drops {
        fn drop(&mut self) {
            trigger_event("async_parents:cancel_tree_drop", (), || {});
        }
    }
    let recorder = local::install_recorder("async_parents:cancel_tree_*");
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
                &it.kind().as_str()["async_parents:cancel_tree_".len()..]
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
    #[trigger_event("async_parents:guard_scope")]
    async fn holds() {
        let _guard = enter_event("async_parents:guard_held", ());
        yield_times(2).await;
    }
    #[trigger_event("async_parents:guard_other")]
    fn other() {}
    let recorder = local::install_recorder("async_parents:guard_*");
    let mut future = pin!(holds());
    assert!(poll_once(future.as_mut()).is_pending());
    other();
    let events = events(&recorder);
    assert_eq!(
        start(&events, "async_parents:guard_other", 0).parent(),
        None
    );
}

#[test]
fn run_future_uses_the_handle_as_parent() {
    #[trigger_event("async_parents:handle_outer")]
    async fn outer() -> Option<EventId> {
        let handle = current_event();
        let task = handle.run_future(inner());
        std::thread::spawn(|| block_on(task)).join().unwrap();
        handle.id()
    }
    #[trigger_event("async_parents:handle_inner")]
    async fn inner() {
        yield_times(2).await;
        trigger_event("async_parents:handle_leaf", (), || {});
    }
    let recorder = install_recorder("async_parents:handle_*");
    let id = block_on(outer());
    let events = events(&recorder);
    assert_eq!(Some(events[0].id()), id);
    assert_eq!(start(&events, "async_parents:handle_inner", 0).parent(), id);
    let inner = start(&events, "async_parents:handle_inner", 0).id();
    assert_eq!(
        start(&events, "async_parents:handle_leaf", 0).parent(),
        Some(inner)
    );
}

#[test]
fn spawned_task_without_a_handle_has_no_parent() {
    #[trigger_event("async_parents:spawned_inner")]
    async fn inner() {}
    let recorder = install_recorder("async_parents:spawned_*");
    trigger_event("async_parents:spawned_outer", (), || {
        std::thread::spawn(|| block_on(inner())).join().unwrap();
    });
    assert_eq!(
        start(&events(&recorder), "async_parents:spawned_inner", 0).parent(),
        None
    );
}

#[test]
fn parents_are_correct_for_many_tasks_on_many_threads() {
    let recorder = install_recorder("async_parents:tree_*");
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

#[trigger_event("async_parents:tokio_request")]
async fn request(id: u32) -> u32 {
    let here = current_event();
    let spawned = tokio::spawn(here.run_future(async move {
        yield_now().await;
        query(id).await
    }));
    let (one, other) = tokio::join!(query(id), query(id));
    let both = one + other;
    tokio::select! {
        () = tokio::time::sleep(Duration::from_millis(1)) => {}
        never = forever(id) => assert_eq!(never, id),
    }
    both + spawned.await.expect("the task completes")
}

#[trigger_event("async_parents:tokio_query")]
async fn query(id: u32) -> u32 {
    for _ in 0..3 {
        yield_now().await;
    }
    query_leaf(id)
}

#[trigger_event("async_parents:tokio_query_leaf")]
fn query_leaf(id: u32) -> u32 {
    id
}

#[trigger_event("async_parents:tokio_forever")]
async fn forever(id: u32) -> u32 {
    std::future::pending::<()>().await;
    id
}

/// Returns the kind, request and parent of every scope, by id.
///
/// Panics unless each scope has one START and one END.
fn scopes(events: &[Event<'static>]) -> HashMap<EventId, (&'static str, u64, Option<EventId>)> {
    let mut scopes = HashMap::new();
    for event in events.iter().filter(|event| event.is_start()) {
        let request = event
            .data()
            .get("id")
            .and_then(Value::to_u64)
            .expect("every event has `id`");
        let scope = (event.kind().as_str(), request, event.parent());
        assert!(scopes.insert(event.id(), scope).is_none(), "ids are unique");
    }
    let ends = events
        .iter()
        .filter(|event| event.is_end() && scopes.contains_key(&event.id()));
    assert_eq!(ends.count(), scopes.len());
    scopes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn parents_are_correct_across_tasks_and_threads() {
    let recorder = install_recorder("async_parents:tokio_*");
    let requests: Vec<_> = (0..200).map(|id| tokio::spawn(request(id))).collect();
    for (id, request) in (0_u32..).zip(requests) {
        assert_eq!(request.await.expect("the request completes"), 3 * id);
    }
    let events = events(&recorder);
    let scopes = scopes(&events);
    // A request has three queries with one leaf each, and one cancelled future.
    assert_eq!(scopes.len(), 200 * 8);
    let cancelled = events.iter().filter(|event| event.is_failed()).count();
    assert_eq!(cancelled, 200);
    for (kind, request, parent) in scopes.values() {
        let parent = parent.map(|parent| scopes[&parent]);
        let wanted = match *kind {
            "async_parents:tokio_request" => None,
            "async_parents:tokio_query_leaf" => Some("async_parents:tokio_query"),
            _ => Some("async_parents:tokio_request"),
        };
        assert_eq!(parent.map(|(kind, ..)| kind), wanted);
        assert!(
            parent.is_none_or(|(_, other, _)| other == *request),
            "the parent belongs to the same request"
        );
    }
}
