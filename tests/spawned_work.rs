//! `in_current_event`: closures and futures that keep their parent on other threads and in tasks.

mod support;

use std::future::Future;
use std::pin::{Pin, pin};
use std::thread;

use event_core::{
    Event, EventId, InCurrentEvent, RecordingListener, current_event, install_recorder, local,
    open_event, trigger_event,
};
use support::{events, poll_once, starts};

/// Returns the START of `kind`.
fn start(recorder: &RecordingListener, kind: &str) -> Event<'static> {
    let mut starts = starts(recorder).into_iter();
    let start = starts.find(|start| start.kind().as_str() == kind);
    start.unwrap_or_else(|| panic!("no START of {kind}: {:?}", recorder.lines()))
}

fn parent_of(recorder: &RecordingListener, kind: &str) -> Option<EventId> {
    start(recorder, kind).parent()
}

#[test]
fn closure_on_a_std_thread_has_the_spawning_scope_as_parent() {
    let recorder = install_recorder("spawned_std:*");
    let value = trigger_event("spawned_std:outer", (), || {
        let text = String::from("moved");
        let work = move || trigger_event("spawned_std:inner", (), || text.len());
        thread::spawn(work.in_current_event()).join().unwrap()
    });
    assert_eq!(value, 5);
    let (outer, inner) = (
        start(&recorder, "spawned_std:outer"),
        start(&recorder, "spawned_std:inner"),
    );
    assert_eq!(inner.parent(), Some(outer.id()));
    assert_ne!(inner.thread(), outer.thread());
}

#[test]
fn closure_may_borrow_in_a_scoped_thread() {
    let recorder = install_recorder("spawned_scoped:*");
    let items = [1, 2, 3];
    let sum: i32 = trigger_event("spawned_scoped:outer", (), || {
        thread::scope(|scope| {
            let sum = || trigger_event("spawned_scoped:sum", (), || items.iter().sum());
            scope.spawn(sum.in_current_event()).join().unwrap()
        })
    });
    assert_eq!(sum, 6);
    let outer = start(&recorder, "spawned_scoped:outer").id();
    assert_eq!(parent_of(&recorder, "spawned_scoped:sum"), Some(outer));
}

#[test]
fn spawned_task_has_the_spawning_scope_as_parent() {
    let recorder = install_recorder("spawned_task:*");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();
    runtime.block_on(async {
        let tasks = trigger_event("spawned_task:outer", (), || {
            let task = async {
                tokio::task::yield_now().await;
                trigger_event("spawned_task:inner", (), || 7)
            };
            let blocking = || trigger_event("spawned_task:blocking", (), || 8);
            (
                tokio::spawn(task.in_current_event()),
                tokio::task::spawn_blocking(blocking.in_current_event()),
            )
        });
        assert_eq!((tasks.0.await.unwrap(), tasks.1.await.unwrap()), (7, 8));
    });
    let outer = start(&recorder, "spawned_task:outer").id();
    assert_eq!(parent_of(&recorder, "spawned_task:inner"), Some(outer));
    assert_eq!(parent_of(&recorder, "spawned_task:blocking"), Some(outer));
}

#[test]
fn rayon_tasks_have_the_spawning_scope_as_parent() {
    let recorder = install_recorder("spawned_rayon:*");
    let half = |n: u32| move || trigger_event("spawned_rayon:half", (), || n / 2);
    let halves = trigger_event("spawned_rayon:outer", (), || {
        rayon::join(half(6).in_current_event(), half(8).in_current_event())
    });
    assert_eq!(halves, (3, 4));
    let (sender, receiver) = std::sync::mpsc::channel();
    trigger_event("spawned_rayon:spawner", (), || {
        let work = move || {
            trigger_event("spawned_rayon:spawned", (), || {});
            sender.send(()).unwrap();
        };
        rayon::spawn(work.in_current_event());
    });
    receiver.recv().unwrap();
    let outer = start(&recorder, "spawned_rayon:outer").id();
    let spawner = start(&recorder, "spawned_rayon:spawner").id();
    assert_eq!(parent_of(&recorder, "spawned_rayon:spawned"), Some(spawner));
    let events = events(&recorder).into_iter();
    let mut halves = events.filter(|event| event.kind().as_str() == "spawned_rayon:half");
    assert!(halves.all(|event| event.parent() == Some(outer)));
}

#[test]
fn scope_is_that_of_the_call_and_not_of_the_spawn() {
    let recorder = local::install_recorder("spawned_call:*");
    let work = trigger_event("spawned_call:first", (), || {
        (|| trigger_event("spawned_call:inner", (), || {})).in_current_event()
    });
    trigger_event("spawned_call:second", (), work);
    let first = start(&recorder, "spawned_call:first").id();
    assert_eq!(parent_of(&recorder, "spawned_call:inner"), Some(first));
    assert_eq!(current_event().id(), None);
}

#[test]
fn without_a_current_scope_there_is_no_parent() {
    let recorder = local::install_recorder("spawned_alone:*");
    let work = (|| trigger_event("spawned_alone:inner", (), || {})).in_current_event();
    trigger_event("spawned_alone:outer", (), work);
    assert_eq!(parent_of(&recorder, "spawned_alone:inner"), None);
}

#[test]
fn boxed_work_and_fn_items_are_accepted() {
    fn item() -> Option<EventId> {
        current_event().id()
    }
    let _recorder = local::install_recorder("spawned_boxed:*");
    let open = open_event("spawned_boxed:open", ());
    let (closure, future, function, pointer) = open.handle().run(|| {
        let closure: Box<dyn FnOnce() -> Option<EventId> + Send> = Box::new(item);
        let future: Pin<Box<dyn Future<Output = Option<EventId>> + Send>> =
            Box::pin(async { item() });
        let pointer: fn() -> Option<EventId> = item;
        (
            closure.in_current_event(),
            future.in_current_event(),
            item.in_current_event(),
            pointer.in_current_event(),
        )
    });
    assert_eq!(closure(), open.id());
    assert_eq!(function(), open.id());
    assert_eq!(pointer(), open.id());
    assert_eq!(
        poll_once(pin!(future).as_mut()),
        std::task::Poll::Ready(open.id())
    );
}

/// Spawns generic work, of which only the bounds are known.
fn spawn_generic<R, C, F>(closure: C, future: F) -> R
where
    R: Send + 'static,
    C: FnOnce() -> R + Send + 'static,
    F: Future<Output = R> + Send + 'static,
{
    fn assert_send<T: Send + 'static>(work: T) -> T {
        work
    }
    drop(assert_send(future.in_current_event()));
    thread::spawn(closure.in_current_event()).join().unwrap()
}

#[test]
fn generic_work_is_accepted() {
    let recorder = install_recorder("spawned_generic:*");
    let value = trigger_event("spawned_generic:outer", (), || {
        spawn_generic(
            || trigger_event("spawned_generic:inner", (), || "done"),
            async { "not polled" },
        )
    });
    assert_eq!(value, "done");
    let outer = start(&recorder, "spawned_generic:outer").id();
    assert_eq!(parent_of(&recorder, "spawned_generic:inner"), Some(outer));
}

#[test]
fn future_can_be_awaited_directly() {
    let mut future = pin!(async { async { 5 }.in_current_event().await + 1 });
    assert_eq!(poll_once(future.as_mut()), std::task::Poll::Ready(6));
}

#[test]
fn panic_of_the_closure_restores_the_current_scope() {
    let _recorder = local::install_recorder("spawned_panic:*");
    let open = open_event("spawned_panic:open", ());
    let work = open
        .handle()
        .run(|| (|| panic!("in the work")).in_current_event());
    let outcome: Result<(), _> = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
    assert!(outcome.is_err());
    assert_eq!(current_event().id(), None);
}
