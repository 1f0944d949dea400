//! Futures that are polled, dropped and leaked in unusual ways.

#![allow(
    clippy::unused_async,
    reason = "an `async fn` without `.await` is expanded differently"
)]

mod support;

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::Poll;

use event_core::{Cause, Event, RecordingListener, install_recorder, local, trigger_event};
use support::{events, poll_once};

type Task = Pin<Box<dyn Future<Output = u8> + Send>>;

fn causes(recorder: &RecordingListener) -> Vec<Option<Cause>> {
    let ends = events(recorder).into_iter().filter(Event::is_end);
    ends.map(|end| end.exc_details().map(event_core::ExcDetails::cause))
        .collect()
}

/// Is pending at the first poll. At the second one it panics if `fails` is set.
async fn pending_once(fails: bool) {
    let mut polled = false;
    poll_fn(|_| {
        assert!(!(polled && fails), "at the second poll");
        if std::mem::replace(&mut polled, true) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}

#[test]
fn future_dropped_on_another_thread_is_cancelled_once() {
    #[trigger_event("adversarial_futures:moved")]
    async fn moved() -> u8 {
        pending_once(false).await;
        1
    }
    let recorder = install_recorder("adversarial_futures:moved");
    let mut task: Task = Box::pin(moved());
    assert!(poll_once(task.as_mut()).is_pending());
    std::thread::spawn(move || drop(task)).join().unwrap();
    assert_eq!(causes(&recorder), [Some(Cause::Cancelled)]);
    assert_eq!(recorder.len(), 2);
}

#[test]
fn future_polled_after_its_panic_panics_and_emits_nothing() {
    #[trigger_event("adversarial_futures:again")]
    async fn fails() -> u8 {
        pending_once(true).await;
        1
    }
    let recorder = local::install_recorder("adversarial_futures:again");
    let mut task: Task = Box::pin(fails());
    assert!(poll_once(task.as_mut()).is_pending());
    for _ in 0..3 {
        assert!(catch_unwind(AssertUnwindSafe(|| poll_once(task.as_mut()))).is_err());
    }
    drop(task);
    assert_eq!(causes(&recorder), [Some(Cause::Panic)]);
    assert_eq!(recorder.len(), 2);
}

#[test]
fn future_polled_after_completion_panics_and_emits_nothing() {
    #[trigger_event("adversarial_futures:done")]
    async fn done() -> u8 {
        1
    }
    let recorder = local::install_recorder("adversarial_futures:done");
    let mut task: Task = Box::pin(done());
    assert_eq!(poll_once(task.as_mut()), Poll::Ready(1));
    assert!(catch_unwind(AssertUnwindSafe(|| poll_once(task.as_mut()))).is_err());
    assert_eq!(causes(&recorder), [None]);
    assert_eq!(recorder.len(), 2);
}

#[test]
fn leaked_future_has_only_a_start_and_is_not_current() {
    #[trigger_event("adversarial_futures:leaked")]
    async fn leaked() -> u8 {
        pending_once(false).await;
        1
    }
    let recorder = local::install_recorder("adversarial_futures:leaked");
    let mut task: Task = Box::pin(leaked());
    assert!(poll_once(task.as_mut()).is_pending());
    std::mem::forget(task);
    assert_eq!(recorder.len(), 1);
    let mut next: Task = Box::pin(leaked());
    let _ = poll_once(next.as_mut());
    drop(next);
    let buffer = recorder.buffer();
    assert_eq!(buffer.len(), 3);
    assert_eq!(
        buffer[1].1.parent(),
        None,
        "the leaked future is not current"
    );
    assert!(event_core::current_event().id().is_none());
}

#[test]
fn unpolled_future_frees_its_arguments_and_emits_nothing() {
    thread_local! {
        static FREED: Cell<bool> = const { Cell::new(false) };
    }
    struct Argument;
    impl Drop for Argument {
        fn drop(&mut self) {
            FREED.set(true);
        }
    }
    #[trigger_event("adversarial_futures:unpolled")]
    async fn unpolled(argument: Argument) -> u8 {
        drop(argument);
        1
    }
    let recorder = local::install_recorder("adversarial_futures:unpolled");
    drop(unpolled(Argument));
    assert!(FREED.get());
    assert_eq!(recorder.len(), 0);
}

#[test]
fn future_dropped_while_its_thread_unwinds_is_cancelled() {
    #[trigger_event("adversarial_futures:unwinding")]
    async fn waits() -> u8 {
        pending_once(false).await;
        1
    }
    let recorder = local::install_recorder("adversarial_futures:unwinding");
    let mut task: Task = Box::pin(waits());
    let _ = poll_once(task.as_mut());
    let outcome = catch_unwind(AssertUnwindSafe(move || {
        let _task = task;
        std::panic::panic_any(1_i8);
    }));
    assert_eq!(*outcome.unwrap_err().downcast::<i8>().unwrap(), 1);
    assert_eq!(causes(&recorder), [Some(Cause::Cancelled)]);
}
