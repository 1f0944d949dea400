//! The scopes that are open now.

#![cfg(feature = "flight")]

mod support;

use std::pin::pin;
use std::sync::mpsc::channel;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use event_core::{
    Installed, ThreadId, current_event, data, install_listener, open_event, trigger_event,
};
use event_export::{FlightRecorder, OpenScope, open_scopes};
use support::temp_dir::TempDir;

fn install(kind: &'static str, directory: &TempDir) -> Installed<FlightRecorder> {
    let flight = FlightRecorder::to_directory(directory.path()).unwrap();
    install_listener(kind, flight.without_signal())
}

/// Returns the open scopes of `kind`: other tests run at the same time.
fn open(kind: &str) -> Vec<OpenScope> {
    let mut open = open_scopes();
    open.retain(|scope| scope.kind().as_str() == kind);
    open
}

#[test]
fn open_scopes_form_a_tree() {
    const KIND: &str = "open_scopes:tree";
    let directory = TempDir::new("tree");
    let _flight = install(KIND, &directory);
    let (send, receive) = channel();
    trigger_event(KIND, data! { name = "request", id = 1 }, || {
        trigger_event(KIND, data! { name = "ended" }, || {});
        let request = current_event();
        let worker = thread::Builder::new().name("worker".into());
        let work = move || {
            request.run(|| {
                trigger_event(KIND, data! { name = "query" }, || {
                    send.send(ThreadId::current()).unwrap();
                    thread::sleep(Duration::from_millis(300));
                });
            });
        };
        let worker = worker.spawn(work).unwrap();
        let thread = receive.recv().unwrap();
        trigger_event(KIND, data! { name = "render" }, || {
            let open = open(KIND);
            let names: Vec<&str> = open.iter().map(OpenScope::name).collect();
            assert_eq!(names, ["request", "query", "render"]);
            let depths: Vec<usize> = open.iter().map(OpenScope::depth).collect();
            assert_eq!(depths, [0, 1, 1]);
            assert_eq!(open[1].parent(), Some(open[0].id()));
            assert_eq!(open[1].thread(), thread);
            assert_eq!(open[1].thread_name(), Some("worker"));
            assert_eq!(open[0].data().get("id").unwrap().to_u64(), Some(1));
            assert!(open[0].elapsed() >= open[1].elapsed());
            assert!(open[0].started() <= open[1].started());
            let text = open[1].to_string();
            let expected = "s    query (open_scopes:tree) name=\"query\"  thread ";
            assert!(
                text.contains(expected) && text.ends_with(" worker"),
                "{text}"
            );
        });
        worker.join().unwrap();
    });
    assert!(open(KIND).is_empty());
}

#[test]
fn a_future_is_waiting_or_polled() {
    const KIND: &str = "open_scopes:future";
    #[event_core::trigger_event("open_scopes:future")]
    async fn works() {
        let mut polls = 0;
        std::future::poll_fn(|_| {
            polls += 1;
            if polls == 2 {
                // A block that the executor does not know of.
                thread::sleep(Duration::from_millis(20));
                let open = open(KIND);
                let (thread, duration) = open[0].polled_by().unwrap();
                assert_eq!(thread, ThreadId::current());
                assert!(duration >= Duration::from_millis(20) && duration < open[0].elapsed());
                let text = open[0].to_string();
                assert!(
                    text.contains("polled for 2") || text.contains("polled for "),
                    "{text}"
                );
                return Poll::Ready(());
            }
            Poll::Pending
        })
        .await;
    }
    let directory = TempDir::new("future");
    let _flight = install(KIND, &directory);
    let mut future = pin!(works());
    let mut context = Context::from_waker(Waker::noop());
    assert!(future.as_mut().poll(&mut context).is_pending());
    let waiting = &open(KIND)[0];
    assert!(waiting.is_async());
    assert_eq!(waiting.polled_by(), None);
    assert!(waiting.to_string().ends_with(", waiting"), "{waiting}");
    thread::sleep(Duration::from_millis(5));
    assert!(future.as_mut().poll(&mut context).is_ready());
    assert!(open(KIND).is_empty());
}

#[test]
fn a_program_that_hangs_shows_where() {
    const KIND: &str = "open_scopes:hang";
    static LOCK: Mutex<()> = Mutex::new(());
    #[derive(Debug)]
    struct NeedsLock;
    impl std::fmt::Display for NeedsLock {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            let _locked = LOCK.lock().unwrap_or_else(PoisonError::into_inner);
            f.write_str("needs the lock")
        }
    }
    let directory = TempDir::new("hang");
    let flight = install(KIND, &directory);
    let event = open_event(KIND, data! { name = "display", value = %NeedsLock });
    let locked = LOCK.lock().unwrap();
    // A listener that formats a value of the program waits for the lock, and so do the threads that
    // the listener stops.
    let hanging = thread::spawn(|| {
        trigger_event(KIND, data! { name = "hangs" }, || {
            drop(LOCK.lock().unwrap_or_else(PoisonError::into_inner));
        });
    });
    while open(KIND).len() < 2 {
        thread::sleep(Duration::from_millis(1));
    }
    let names: Vec<String> = open(KIND).iter().map(ToString::to_string).collect();
    assert!(names[0].contains("value=needs the lock") || names[0].contains("needs the lock"));
    assert!(names[1].contains("hangs"), "{names:?}");
    flight.dump().unwrap();
    drop(locked);
    hanging.join().unwrap();
    drop(event);
    assert!(open(KIND).is_empty());
}

#[test]
fn an_ended_recorder_has_no_open_scopes() {
    const KIND: &str = "open_scopes:ended";
    let directory = TempDir::new("ended");
    let flight = install(KIND, &directory);
    let event = open_event(KIND, ());
    assert_eq!(open(KIND).len(), 1);
    assert!(open(KIND)[0].is_async());
    drop(event);
    drop(flight);
    let _event = open_event(KIND, ());
    assert!(open(KIND).is_empty());
}

#[test]
fn several_recorders_show_a_scope_once() {
    const KIND: &str = "open_scopes:twice";
    let directory = TempDir::new("twice");
    let _one = install(KIND, &directory);
    let _two = install(KIND, &directory);
    trigger_event(KIND, (), || assert_eq!(open(KIND).len(), 1));
}
