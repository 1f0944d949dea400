//! A local listener receives the work that a handle carries to other threads and tasks.

mod support;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Barrier, mpsc};
use std::thread;
use std::time::Duration;

use event_core::{
    EventHandle, InCurrentEvent, RecordingListener, current_event, data, enter_event,
    install_recorder, local, open_event, trigger_event,
};
use support::{events, poll_once, trigger};

/// Runs `work` on another thread.
fn elsewhere<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    thread::scope(|scope| scope.spawn(work).join().unwrap())
}

/// Returns the numbers of STARTs and of ENDs.
fn starts_and_ends(recorder: &RecordingListener) -> (usize, usize) {
    let events = events(recorder);
    let starts = events.iter().filter(|event| event.is_start()).count();
    (starts, events.len() - starts)
}

#[test]
fn work_under_a_handle_is_received_on_another_thread() {
    let recorder = local::install_recorder("sessions:handle");
    trigger_event("sessions:handle", (), || {
        let here = current_event();
        elsewhere(|| {
            trigger("sessions:handle"); // no handle
            here.run(|| trigger("sessions:handle"));
            trigger("sessions:handle");
        });
    });
    let events = events(&recorder);
    assert_eq!(starts_and_ends(&recorder), (2, 2));
    assert_eq!(events[1].parent(), Some(events[0].id()), "{events:?}");
    assert_ne!(events[1].thread(), events[0].thread());
}

#[test]
fn handle_without_a_scope_carries_the_session() {
    let recorder = local::install_recorder("sessions:no_scope");
    let here = current_event();
    assert_eq!(here.id(), None);
    elsewhere(|| here.run(|| trigger("sessions:no_scope")));
    elsewhere((|| trigger("sessions:no_scope")).in_current_event());
    assert_eq!(starts_and_ends(&recorder), (2, 2));
}

#[test]
fn every_form_is_received_under_a_handle() {
    use event_core::{Event, EventStatus, broadcast, end_event, start_event, trigger_event};
    #[trigger_event("sessions:forms")]
    fn function(_n: u8) {}
    #[trigger_event("sessions:forms", skip_all)]
    async fn future(_n: u8) {
        std::future::ready(()).await;
    }
    #[trigger_event("sessions:forms")]
    fn returned() -> impl Future<Output = ()> {
        std::future::ready(())
    }
    fn all_forms() {
        function(1);
        assert!(poll_once(std::pin::pin!(future(2))).is_ready());
        assert!(poll_once(std::pin::pin!(returned())).is_ready());
        trigger_event("sessions:forms", data! { n = 3 }, || {});
        event_core::scope!("sessions:forms"; {});
        drop(enter_event("sessions:forms", ()));
        open_event("sessions:forms", ()).end();
        start_event("sessions:forms", ());
        end_event("sessions:forms", (), None);
        broadcast(&Event::new("sessions:forms", EventStatus::Start));
    }
    const ALL: usize = 17;

    let recorder = local::install_recorder("sessions:forms");
    let here = current_event();
    elsewhere(|| {
        all_forms();
        here.run(all_forms);
        all_forms();
    });
    assert_eq!(recorder.len(), ALL);
    let everywhere = install_recorder("sessions:forms"); // the other kind of call site
    elsewhere(|| {
        all_forms();
        here.run(all_forms);
    });
    assert_eq!((recorder.len(), everywhere.len()), (2 * ALL, 2 * ALL));
}

#[test]
fn function_filters_hold_under_a_handle() {
    #[event_core::trigger_event("sessions:filter")]
    fn chosen() {}
    #[event_core::trigger_event("sessions:filter")]
    fn other() {}
    let filter = event_core::KindFilter::new("sessions:filter").unwrap();
    let recorder = local::install_recorder(filter.functions("chosen"));
    let here = current_event();
    elsewhere(|| {
        here.run(|| (chosen(), other()));
        chosen();
    });
    assert_eq!(support::started_functions(&recorder), ["chosen"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn spawned_tasks_are_received_with_a_multi_thread_runtime() {
    #[event_core::trigger_event("sessions:task")]
    async fn task(depth: u32) {
        tokio::task::yield_now().await;
        if depth > 0 {
            tokio::spawn(boxed(depth - 1).in_current_event())
                .await
                .unwrap();
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    fn boxed(depth: u32) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(task(depth))
    }
    let recorder = local::install_recorder("sessions:task");
    let tasks: Vec<_> = (0..8)
        .map(|_| tokio::spawn(task(2).in_current_event()))
        .collect();
    let others: Vec<_> = (0..8).map(|_| tokio::spawn(task(0))).collect();
    for one in tasks.into_iter().chain(others) {
        one.await.unwrap();
    }
    task(0).await;
    assert_eq!(starts_and_ends(&recorder), (25, 25));
}

#[test]
fn pool_of_threads_is_received_by_rayon_and_std() {
    let recorder = local::install_recorder("sessions:pool");
    let work = |n: u32| move || trigger_event("sessions:pool", data! { n }, || n);
    let sum = rayon::join(work(1).in_current_event(), work(2).in_current_event());
    assert_eq!(sum, (1, 2));
    let (sender, receiver) = mpsc::channel::<Box<dyn FnOnce() + Send>>();
    let worker = thread::spawn(move || receiver.into_iter().for_each(|job| job()));
    for n in 3..6 {
        let job = work(n).in_current_event();
        sender.send(Box::new(move || assert_eq!(job(), n))).unwrap();
    }
    sender
        .send(Box::new(move || assert_eq!(work(6)(), 6)))
        .unwrap();
    drop(sender);
    worker.join().unwrap();
    assert_eq!(starts_and_ends(&recorder), (5, 5));
}

#[test]
fn scopes_that_end_elsewhere_are_received_and_end_once() {
    let recorder = local::install_recorder("sessions:ended");
    let open = open_event("sessions:ended", ());
    let here = current_event();
    elsewhere(|| {
        open.handle().run(|| trigger("sessions:ended"));
        // A guard outlives the handle's region, and ends in no session.
        let guard = here.run(|| enter_event("sessions:ended", ()));
        trigger("sessions:ended");
        drop(guard);
        open.end();
    });
    assert_eq!(starts_and_ends(&recorder), (3, 3));
}

#[test]
fn open_event_of_another_kind_keeps_the_session() {
    let _others = install_recorder("sessions_open:outer");
    let recorder = local::install_recorder("sessions_open:inner");
    let open = open_event("sessions_open:outer", ());
    elsewhere(|| open.handle().run(|| trigger("sessions_open:inner")));
    assert_eq!(starts_and_ends(&recorder), (1, 1));
}

#[test]
fn future_that_moves_after_its_start_keeps_the_session() {
    #[event_core::trigger_event("sessions_moved:outer")]
    async fn outer() {
        trigger("sessions_moved:inner");
        tokio::task::yield_now().await;
        trigger("sessions_moved:inner");
    }
    let _others = install_recorder("sessions_moved:outer");
    let recorder = local::install_recorder("sessions_moved:inner");
    let mut future = Box::pin(outer());
    assert!(poll_once(future.as_mut()).is_pending());
    elsewhere(|| {
        assert!(poll_once(future.as_mut()).is_ready());
        trigger("sessions_moved:inner");
    });
    assert_eq!(starts_and_ends(&recorder), (2, 2));
}

#[test]
fn variables_of_a_cancelled_future_are_dropped_in_its_session() {
    struct OnDrop;
    impl Drop for OnDrop {
        fn drop(&mut self) {
            trigger("sessions:dropped");
        }
    }
    #[event_core::trigger_event("sessions:dropped")]
    async fn holds() {
        let _on_drop = OnDrop;
        std::future::pending::<()>().await;
    }
    let recorder = local::install_recorder("sessions:dropped");
    let mut future = Box::pin(holds());
    assert!(poll_once(future.as_mut()).is_pending());
    elsewhere(move || drop(future));
    assert_eq!(starts_and_ends(&recorder), (2, 2));
}

#[test]
fn uninstalled_listener_receives_nothing_and_later_ones_nothing_of_older_work() {
    let before = local::install_recorder("sessions:stale");
    let handle = current_event();
    let (start, started) = mpsc::channel::<()>();
    let worker = thread::spawn(move || {
        handle.run(|| {
            started.recv().unwrap();
            trigger("sessions:stale");
        });
    });
    let before = before.uninstall();
    let after = local::install_recorder("sessions:stale");
    start.send(()).unwrap();
    worker.join().unwrap();
    assert_eq!((before.len(), after.len()), (0, 0));
    // On its own thread, a handle leaves the listeners of the thread in place.
    handle.run(|| trigger("sessions:stale"));
    assert_eq!((before.len(), after.len()), (0, 2));
}

#[test]
fn listener_installed_under_a_handle_receives_its_thread_and_the_session() {
    let outer = local::install_recorder("sessions:nested");
    let here = current_event();
    elsewhere(|| {
        let inner = here.run(|| {
            let inner = local::install_recorder("sessions:nested");
            trigger("sessions:nested"); // both
            let there = current_event();
            elsewhere(|| there.run(|| trigger("sessions:nested"))); // both
            inner
        });
        trigger("sessions:nested"); // the thread's own
        assert_eq!(starts_and_ends(&inner), (3, 3));
        here.run(|| trigger("sessions:nested")); // both
        assert_eq!(starts_and_ends(&inner), (4, 4));
        drop(inner);
        here.run(|| trigger("sessions:nested")); // the outer one
    });
    trigger("sessions:nested");
    assert_eq!(starts_and_ends(&outer), (5, 5));
}

#[test]
fn nested_handles_of_two_sessions_are_left_in_order() {
    let recorder = local::install_recorder("sessions:two");
    let here = current_event();
    let (there, of_there) = elsewhere(|| {
        let recorder = local::install_recorder("sessions:two");
        let there = current_event();
        here.run(|| {
            trigger("sessions:two"); // received here
            there.run(|| trigger("sessions:two")); // received there
            trigger("sessions:two"); // received here
        });
        trigger("sessions:two"); // received there
        (there, starts_and_ends(&recorder))
    });
    assert_eq!(of_there, (2, 2));
    assert_eq!(starts_and_ends(&recorder), (2, 2));
    elsewhere(|| there.run(|| here.run(|| trigger("sessions:two"))));
    there.run(|| trigger("sessions:two")); // the other session has ended
    assert_eq!(starts_and_ends(&recorder), (3, 3));
}

#[test]
fn handle_of_a_thread_without_listeners_leaves_another_session() {
    let recorder = local::install_recorder("sessions:without");
    let here = current_event();
    let without = elsewhere(current_event);
    elsewhere(|| {
        here.run(|| {
            without.run(|| trigger("sessions:without")); // other work, in no session
            EventHandle::default().run(|| trigger("sessions:without")); // only without a parent
        });
    });
    assert_eq!(starts_and_ends(&recorder), (1, 1));
    without.run(|| trigger("sessions:without"));
    EventHandle::default().run(|| trigger("sessions:without"));
    assert_eq!(starts_and_ends(&recorder), (3, 3));
}

#[test]
fn sessions_are_left_in_any_order() {
    let recorder = local::install_recorder("sessions:any_order");
    let here = current_event();
    elsewhere(|| {
        let one = here.enter();
        let two = here.enter();
        drop(one);
        trigger("sessions:any_order"); // received
        drop(two);
        trigger("sessions:any_order");
        // A guard that is dropped inside the call of another handle.
        let other = here.enter();
        here.run(|| {
            drop(other);
            trigger("sessions:any_order"); // received
        });
        trigger("sessions:any_order");
        // A guard that outlives the call in which it was made.
        let kept = here.run(|| here.enter());
        trigger("sessions:any_order"); // received
        drop(kept);
        trigger("sessions:any_order");
    });
    assert_eq!(starts_and_ends(&recorder), (3, 3));
}

#[test]
fn leaked_entry_leaves_the_session_at_the_end_of_the_poll() {
    let recorder = local::install_recorder("sessions:leaked");
    let here = current_event();
    elsewhere(|| {
        let mut leaking = std::pin::pin!(
            async {
                std::mem::forget(here.enter());
                trigger("sessions:leaked"); // received
                std::future::pending::<()>().await;
            }
            .in_current_event()
        );
        assert!(poll_once(leaking.as_mut()).is_pending());
        trigger("sessions:leaked");
    });
    assert_eq!(starts_and_ends(&recorder), (1, 1));
}

#[test]
fn panic_under_a_handle_leaves_the_session() {
    let recorder = local::install_recorder("sessions:panic");
    let here = current_event();
    elsewhere(|| {
        let panicking = || trigger_event("sessions:panic", (), || panic!("expected"));
        let caught = catch_unwind(AssertUnwindSafe(|| here.run(panicking)));
        assert!(caught.is_err());
        trigger("sessions:panic");
    });
    assert_eq!(recorder.calls().len(), 1);
    assert!(recorder.calls()[0].is_failed());
    assert_eq!(recorder.len(), 2);
}

#[test]
fn listener_installed_inside_a_poll_receives_the_next_polls() {
    #[event_core::trigger_event("sessions_poll:outer")]
    async fn outer() -> usize {
        let recorder = local::install_recorder("sessions_poll:inner");
        trigger("sessions_poll:inner");
        tokio::task::yield_now().await;
        trigger("sessions_poll:inner");
        recorder.len()
    }
    let _others = install_recorder("sessions_poll:outer");
    let mut future = std::pin::pin!(outer().in_current_event());
    assert!(poll_once(future.as_mut()).is_pending());
    assert_eq!(poll_once(future.as_mut()), std::task::Poll::Ready(4));
}

#[test]
fn handles_of_one_scope_are_equal_in_all_sessions() {
    let open = open_event("sessions:equal", ());
    let outside = open.handle();
    let _recorder = local::install_recorder("sessions:equal");
    assert_eq!(outside.run(current_event), outside);
    assert_eq!(EventHandle::default(), current_event());
    let handles: std::collections::HashSet<_> = [EventHandle::default(), current_event()]
        .into_iter()
        .collect();
    assert_eq!(handles.len(), 1);
}

#[test]
fn fifty_parallel_tests_receive_only_their_own_events() {
    #[event_core::trigger_event("sessions:fifty")]
    async fn job(test: usize) {
        tokio::task::yield_now().await;
        trigger_event("sessions:fifty_inner", data! { test }, || {});
    }
    const TESTS: usize = 50;
    const JOBS: usize = 8;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .build()
        .unwrap();
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(4)
        .build()
        .unwrap();
    let barrier = Arc::new(Barrier::new(TESTS));
    thread::scope(|scope| {
        for test in 0..TESTS {
            let (runtime, pool, barrier) = (&runtime, &pool, Arc::clone(&barrier));
            scope.spawn(move || {
                let recorder = local::install_recorder("sessions:fifty*");
                barrier.wait();
                let tasks: Vec<_> = (0..JOBS)
                    .map(|_| runtime.spawn(job(test).in_current_event()))
                    .collect();
                let (sender, receiver) = mpsc::channel();
                for _ in 0..JOBS {
                    let sender = sender.clone();
                    let work = move || {
                        trigger_event("sessions:fifty", data! { test }, || {});
                        sender.send(()).unwrap();
                    };
                    pool.spawn(work.in_current_event());
                }
                drop(sender);
                assert_eq!(receiver.into_iter().count(), JOBS);
                for task in tasks {
                    runtime.block_on(task).unwrap();
                }
                let events = events(&recorder);
                assert_eq!(events.len(), 6 * JOBS, "{events:?}");
                for event in events {
                    let of = event.data().get("test").unwrap().to_u64();
                    assert_eq!(of, Some(test as u64));
                }
            });
        }
    });
}
