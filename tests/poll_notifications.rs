//! `Listener::on_poll`: notifications about the polls of annotated futures.

mod support;

use std::future::{Future, pending};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;

use event_core::{
    Event, EventId, EventStatus, Listener, current_event, install_listener, local, trigger_event,
};
use support::{poll_once, yield_times};

/// Notes `START`, `poll`, `polled`, `END` or `FAILED`, each with a number for the scope.
#[derive(Default)]
struct Notes {
    lines: Mutex<Vec<String>>,
    ids: Mutex<Vec<EventId>>,
}

impl Notes {
    fn note(&self, notification: &str, id: EventId) {
        let mut ids = self.ids.lock().unwrap();
        let known = ids.iter().position(|known| *known == id);
        let number = known.unwrap_or_else(|| {
            ids.push(id);
            ids.len() - 1
        });
        self.lines
            .lock()
            .unwrap()
            .push(format!("{notification} {number}"));
    }

    fn take_lines(&self) -> Vec<String> {
        std::mem::take(&mut self.lines.lock().unwrap())
    }
}

impl Listener for Notes {
    fn on_start(&self, event: &Event<'_>) {
        self.note("START", event.id());
    }

    fn on_end(&self, event: &Event<'_>) {
        let notification = if event.is_failed() { "FAILED" } else { "END" };
        self.note(notification, event.id());
    }

    fn on_poll(&self, future: EventId, status: EventStatus) {
        assert_eq!(current_event().id(), Some(future));
        let notification = match status {
            EventStatus::Start => "poll",
            EventStatus::End => "polled",
        };
        self.note(notification, future);
    }

    fn wants_polls(&self) -> bool {
        true
    }
}

#[test]
fn every_poll_is_notified_between_start_and_end() {
    #[trigger_event("poll_notifications:every")]
    async fn yields_twice(arguments: u8) -> u8 {
        yield_times(1).await;
        yield_times(1).await;
        arguments
    }
    let notes = local::install_listener("poll_notifications:every", Notes::default());
    let mut future = Box::pin(yields_twice(7));
    assert_eq!(notes.take_lines(), [""; 0]);
    assert!(poll_once(future.as_mut()).is_pending());
    assert_eq!(notes.take_lines(), ["START 0", "poll 0", "polled 0"]);
    assert!(poll_once(future.as_mut()).is_pending());
    assert_eq!(notes.take_lines(), ["poll 0", "polled 0"]);
    assert_eq!(poll_once(future.as_mut()), Poll::Ready(7));
    assert_eq!(notes.take_lines(), ["poll 0", "polled 0", "END 0"]);
    drop(future);
    assert_eq!(notes.take_lines(), [""; 0]);
}

#[test]
fn nested_future_polls_are_nested() {
    #[trigger_event("poll_notifications:within")]
    async fn outer() {
        inner().await;
    }
    // The wrapper of the returned future sends START itself, before it polls the body.
    #[trigger_event("poll_notifications:within")]
    fn inner() -> impl Future<Output = ()> {
        yield_times(1)
    }
    let notes = local::install_listener("poll_notifications:within", Notes::default());
    let mut future = Box::pin(outer());
    let lines = |future: Pin<&mut _>| {
        let _ = poll_once(future);
        notes.take_lines()
    };
    assert_eq!(
        lines(future.as_mut()),
        [
            "START 0", "poll 0", "START 1", "poll 1", "polled 1", "polled 0"
        ]
    );
    assert_eq!(
        lines(future.as_mut()),
        ["poll 0", "poll 1", "polled 1", "END 1", "polled 0", "END 0"]
    );
}

#[test]
fn panicking_polls_and_drops_are_notified() {
    struct Dropped;
    impl Drop for Dropped {
        fn drop(&mut self) {
            trigger_event("poll_notifications:ends", (), || {});
        }
    }
    #[trigger_event("poll_notifications:ends")]
    async fn ends(panics: bool) {
        let _held = Dropped;
        yield_times(1).await;
        assert!(!panics);
        pending::<()>().await;
    }
    let notes = local::install_listener("poll_notifications:ends", Notes::default());
    let mut future = Box::pin(ends(true));
    assert!(poll_once(future.as_mut()).is_pending());
    let _ = notes.take_lines();
    let panicked = catch_unwind(AssertUnwindSafe(|| poll_once(future.as_mut())));
    assert!(panicked.is_err());
    assert_eq!(
        notes.take_lines(),
        ["poll 0", "START 1", "END 1", "polled 0", "FAILED 0"]
    );
    drop(future);
    assert_eq!(notes.take_lines(), [""; 0]);

    let mut future = Box::pin(ends(false));
    assert!(poll_once(future.as_mut()).is_pending());
    assert_eq!(notes.take_lines(), ["START 2", "poll 2", "polled 2"]);
    drop(future);
    assert_eq!(
        notes.take_lines(),
        ["poll 2", "START 3", "END 3", "polled 2", "FAILED 2"]
    );
    // A future that was never polled has no scope.
    drop(ends(false));
    assert_eq!(notes.take_lines(), [""; 0]);
}

#[test]
fn only_listeners_that_want_polls_and_received_the_start_are_notified() {
    struct NoPolls;
    impl Listener for NoPolls {
        fn on_start(&self, _: &Event<'_>) {}
        fn on_end(&self, _: &Event<'_>) {}
        fn on_poll(&self, _: EventId, _: EventStatus) {
            panic!("`wants_polls` is false");
        }
    }
    #[trigger_event("poll_notifications:recipients")]
    async fn yields_once() {
        yield_times(1).await;
    }
    let _none = local::install_listener("poll_notifications:recipients", NoPolls);
    let first = local::install_listener("poll_notifications:recipients", Notes::default());
    let mut future = Box::pin(yields_once());
    assert!(poll_once(future.as_mut()).is_pending());
    let late = local::install_listener("poll_notifications:recipients", Notes::default());
    let first = first.uninstall();
    assert_eq!(first.take_lines().len(), 3);
    assert!(poll_once(future.as_mut()).is_ready());
    assert_eq!(first.take_lines(), [""; 0]);
    assert_eq!(late.take_lines(), [""; 0]);
}

#[test]
fn containers_and_derived_listeners_forward_polls() {
    #[derive(Listener)]
    struct Derived {
        #[listen(forward)]
        first: Arc<Notes>,
        #[listen(forward)]
        rest: Vec<Option<Box<dyn Listener>>>,
    }
    #[trigger_event("poll_notifications:forwarded")]
    async fn done() {
        yield_times(1).await;
    }
    let notes = [(); 3].map(|()| Arc::new(Notes::default()));
    let derived = Derived {
        first: Arc::clone(&notes[0]),
        rest: vec![
            None,
            Some(Box::new(Arc::clone(&notes[1]))),
            Some(Box::new(Arc::clone(&notes[2]))),
        ],
    };
    assert!(derived.wants_polls());
    let without_polls = Derived {
        first: Arc::default(),
        rest: Vec::new(),
    };
    assert!(!without_polls.rest.wants_polls());
    let _derived = local::install_listener("poll_notifications:forwarded", derived);
    assert!(poll_once(Box::pin(done()).as_mut()).is_pending());
    for notes in notes {
        assert_eq!(
            notes.take_lines(),
            [
                "START 0", "poll 0", "polled 0", "poll 0", "polled 0", "FAILED 0"
            ]
        );
    }
}

#[test]
fn panic_in_on_poll_is_caught_and_other_listeners_are_notified() {
    struct Panics;
    impl Listener for Panics {
        fn on_start(&self, _: &Event<'_>) {}
        fn on_end(&self, _: &Event<'_>) {}
        fn on_poll(&self, _: EventId, _: EventStatus) {
            panic!("in on_poll");
        }
        fn wants_polls(&self) -> bool {
            true
        }
    }
    #[trigger_event("poll_notifications:panics")]
    async fn done() -> u8 {
        yield_times(1).await;
        7
    }
    let _panics = local::install_listener("poll_notifications:panics", Panics);
    let notes = local::install_listener("poll_notifications:panics", Notes::default());
    let mut future = Box::pin(done());
    assert!(poll_once(future.as_mut()).is_pending());
    assert_eq!(notes.take_lines(), ["START 0", "poll 0", "polled 0"]);
    drop(future);
    assert_eq!(notes.take_lines(), ["poll 0", "polled 0", "FAILED 0"]);
}

#[test]
fn polls_are_notified_on_the_polling_thread() {
    #[trigger_event("poll_notifications:threads")]
    async fn yields_once() {
        yield_times(1).await;
    }
    struct Threads(Mutex<Vec<(EventStatus, std::thread::ThreadId)>>);
    impl Listener for Threads {
        fn on_start(&self, _: &Event<'_>) {}
        fn on_end(&self, _: &Event<'_>) {}
        fn on_poll(&self, _: EventId, status: EventStatus) {
            let here = std::thread::current().id();
            self.0.lock().unwrap().push((status, here));
        }
        fn wants_polls(&self) -> bool {
            true
        }
    }
    let threads = install_listener("poll_notifications:threads", Threads(Mutex::default()));
    let mut future = Box::pin(yields_once());
    let mut poll = || {
        let poll = || {
            let _ = poll_once(future.as_mut());
            std::thread::current().id()
        };
        std::thread::scope(|scope| scope.spawn(poll).join().unwrap())
    };
    let first = poll();
    let second = poll();
    let notifications = threads.0.lock().unwrap();
    let expected = [first, second]
        .map(|thread| [EventStatus::Start, EventStatus::End].map(|status| (status, thread)));
    assert_eq!(*notifications, expected.concat());
}
