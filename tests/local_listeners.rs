//! Local listeners receive the events of their thread. `local_sessions.rs` tests handles.

mod support;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

use event_core::{
    Event, EventStatus, Value, broadcast, data, end_event, enter_event, install_recorder, local,
    open_event, start_event, trigger_event,
};
use support::poll_once;

#[test]
fn parallel_threads_do_not_receive_each_others_events() {
    #[trigger_event("local:parallel", ret)]
    fn work(thread: usize) -> usize {
        thread
    }
    const THREADS: usize = 4;
    let barrier = Arc::new(Barrier::new(THREADS));
    let workers: Vec<_> = (0..THREADS)
        .map(|thread| {
            let barrier = Arc::clone(&barrier);
            std::thread::spawn(move || {
                // A panic in the loop would let the other threads wait for this one.
                let mut received = Vec::new();
                for round in 0..2_000 {
                    if round % 8 == 0 {
                        barrier.wait();
                    }
                    let filter = if round % 3 == 0 {
                        "local:par*"
                    } else {
                        "local:parallel"
                    };
                    let recorder = local::install_recorder(filter);
                    work(thread);
                    trigger_event("local:parallel", data! { thread }, || {});
                    let own = recorder.events().filter(|(_, event)| {
                        let origin = event.data().get("thread");
                        origin.and_then(Value::to_u64) == Some(thread as u64)
                    });
                    received.push((own.count(), recorder.len()));
                }
                received
            })
        })
        .collect();
    for worker in workers {
        let received = worker.join().unwrap();
        assert_eq!(received, vec![(4, 4); 2_000]);
    }
}

#[test]
fn function_first_called_on_another_thread_is_enabled_here() {
    #[trigger_event("local:first_elsewhere")]
    fn work() {}
    std::thread::spawn(work).join().unwrap();
    let recorder = local::install_recorder("local:first_elsewhere");
    std::thread::spawn(work).join().unwrap();
    assert!(recorder.is_empty());
    work();
    assert_eq!(recorder.len(), 2);
}

#[test]
fn global_listeners_receive_events_beside_a_local_one() {
    #[trigger_event("local:both")]
    fn work() {}
    let global = install_recorder("local:both");
    let local = local::install_recorder("local:both");
    std::thread::spawn(work).join().unwrap();
    work();
    assert_eq!((global.len(), local.len()), (4, 2));
    drop(local);
    std::thread::spawn(work).join().unwrap();
    assert_eq!(global.len(), 6);
}

#[test]
fn separate_starts_ends_and_broadcasts_stay_on_their_thread() {
    let recorder = local::install_recorder("local:lone");
    let elsewhere = || {
        start_event("local:lone", ());
        end_event("local:lone", (), None);
        broadcast(&Event::new("local:lone", EventStatus::Start));
        drop(enter_event("local:lone", ()));
    };
    std::thread::spawn(elsewhere).join().unwrap();
    assert!(recorder.is_empty());
    elsewhere();
    assert_eq!(recorder.len(), 5);
}

#[test]
fn end_on_another_thread_is_received() {
    #[trigger_event("local:end_elsewhere")]
    async fn work() {
        std::future::pending::<()>().await;
    }
    let recorder = local::install_recorder("local:end_elsewhere");
    let mut future = Box::pin(work());
    assert!(poll_once(future.as_mut()).is_pending());
    std::thread::spawn(move || drop(future)).join().unwrap();
    assert_eq!(recorder.len(), 2);
    // The reverse: a scope that another thread starts is not received, even if it ends here.
    let mut future = Box::pin(work());
    let future = std::thread::spawn(move || {
        assert!(poll_once(future.as_mut()).is_pending());
        future
    });
    drop(future.join().unwrap());
    assert_eq!(recorder.len(), 2);
}

#[test]
fn ended_thread_leaves_no_listener_to_later_threads() {
    let installed = std::thread::spawn(|| {
        let recorder = local::install_recorder("local:gone");
        std::mem::forget(recorder); // like a thread that never returns
    });
    installed.join().unwrap();
    for _ in 0..20 {
        std::thread::spawn(|| {
            let evaluated = AtomicBool::new(false);
            let mark = || evaluated.store(true, Ordering::Relaxed);
            trigger_event("local:gone", data! { n = ?mark() }, || {});
            assert!(
                !evaluated.load(Ordering::Relaxed),
                "no listener on this thread"
            );
        })
        .join()
        .unwrap();
    }
}

#[test]
fn local_timer_and_local_recorder_coexist() {
    let mut taken = None;
    let recorder = local::install_recorder("local:side");
    {
        let _timer = local::install_timer("local:side", |duration| taken = Some(duration));
        std::thread::spawn(|| trigger_event("local:side", (), || {}))
            .join()
            .unwrap();
        trigger_event("local:side", (), || {});
    }
    assert!(taken.is_some());
    assert_eq!(recorder.len(), 2);
}

#[test]
fn shared_listener_is_returned_on_uninstall() {
    let recorder = Arc::new(event_core::RecordingListener::new());
    let installed = local::install_shared("local:shared", Arc::clone(&recorder));
    assert!(Arc::ptr_eq(installed.listener(), &recorder));
    trigger_event("local:shared", (), || assert_eq!(installed.len(), 1));
    assert!(Arc::ptr_eq(&installed.uninstall(), &recorder));
    trigger_event("local:shared", (), || {});
    assert_eq!(recorder.len(), 2);
}

#[test]
fn every_form_is_received_only_on_the_threads_of_local_listeners() {
    #[trigger_event("local_listeners:forms")]
    fn function(_n: u8) {}
    struct Method(u8);
    impl Method {
        #[trigger_event("local_listeners:forms", ret)]
        fn method(&self, n: u8) -> u8 {
            self.0 + n
        }
    }
    #[trigger_event("local_listeners:forms")]
    async fn future() {
        std::future::ready(()).await;
    }
    fn all_forms() {
        function(1);
        Method(1).method(1);
        assert!(poll_once(std::pin::pin!(future())).is_ready());
        trigger_event("local_listeners:forms", (), || {});
        drop(enter_event("local_listeners:forms", ()));
        start_event("local_listeners:forms", ());
        end_event("local_listeners:forms", (), None);
        open_event("local_listeners:forms", ()).end();
    }
    const ALL: usize = 14;

    let here = local::install_recorder("local_listeners:forms");
    thread::spawn(all_forms).join().unwrap(); // a thread without local listeners
    thread::spawn(|| {
        let _other = local::install_recorder("local_listeners:forms_other");
        all_forms(); // a thread with local listeners of other kinds
        let there = local::install_recorder("local_listeners:forms");
        all_forms();
        assert_eq!(there.len(), ALL);
        let there = there.uninstall();
        all_forms();
        assert_eq!(there.len(), ALL);
    })
    .join()
    .unwrap();
    assert_eq!(here.len(), 0);
    all_forms();
    assert_eq!(here.len(), ALL);

    let everywhere = install_recorder("local_listeners:forms");
    thread::spawn(all_forms).join().unwrap();
    assert_eq!((here.len(), everywhere.len()), (ALL, ALL));
    drop(everywhere);
    let here = here.uninstall();
    all_forms();
    thread::spawn(all_forms).join().unwrap();
    assert_eq!(here.len(), ALL);
}

#[test]
fn scope_that_started_before_a_local_listener_of_the_thread_is_not_received() {
    // The listener of another thread enables the kind.
    let here = local::install_recorder("local_listeners:middle");
    let worker = thread::spawn(|| {
        let there = trigger_event("local_listeners:middle", (), || {
            let there = local::install_recorder("local_listeners:middle");
            trigger_event("local_listeners:middle", (), || {});
            there
        });
        there.len()
    });
    assert_eq!(worker.join().unwrap(), 2, "only the inner scope");
    assert_eq!(here.len(), 0);
}
