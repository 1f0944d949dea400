//! Helpers that several test files share.
#![allow(dead_code, reason = "each test program uses some of them")]

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Waker};

use event_core::{Data, Event, EventData, Listener, RecordingListener, local, trigger_event};

/// Returns the recorded events, by time.
pub(crate) fn events(recorder: &RecordingListener) -> Vec<Event<'static>> {
    let buffer = recorder.buffer().into_iter();
    buffer.map(|(_, event)| event).collect()
}

/// Returns the recorded STARTs, by time.
pub(crate) fn starts(recorder: &RecordingListener) -> Vec<Event<'static>> {
    let events = events(recorder).into_iter();
    events.filter(Event::is_start).collect()
}

/// Returns the function of each recorded START, in order.
pub(crate) fn started_functions(recorder: &RecordingListener) -> Vec<&'static str> {
    let starts = starts(recorder).into_iter();
    starts
        .map(|start| start.site().unwrap().function())
        .collect()
}

/// Triggers a scope of `kind` without data.
pub(crate) fn trigger(kind: &'static str) {
    trigger_event(kind, (), || {});
}

/// Triggers a scope with `data`, and returns its START as a recorder keeps it.
pub(crate) fn recorded_start(kind: &'static str, data: impl EventData) -> Event<'static> {
    let recorder = local::install_recorder(kind);
    trigger_event(kind, data, || {});
    events(&recorder).swap_remove(0)
}

/// Returns the keys of `data`, in order.
pub(crate) fn keys<'d>(data: &'d Data<'_>) -> Vec<&'d str> {
    data.iter().map(|(key, _)| key).collect()
}

/// Runs `call`, and checks that it triggers `count` scopes of `kind`, each with its END.
pub(crate) fn expect_scopes<R>(count: usize, kind: &'static str, call: impl FnOnce() -> R) -> R {
    let recorder = local::install_recorder(kind);
    let value = call();
    let events = events(&recorder);
    let starts = events.iter().filter(|event| event.is_start()).count();
    assert_eq!((starts, events.len()), (count, 2 * count), "{events:?}");
    value
}

/// Polls a future once, with a waker that does nothing.
pub(crate) fn poll_once<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Is pending at the first `times` polls. Each of them wakes the task.
pub(crate) async fn yield_times(times: u32) {
    let mut left = times;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Compiles only for a value that is `Send`.
pub(crate) fn assert_send<T: Send>(value: T) -> T {
    value
}

/// Lines that the handlers of a listener write.
#[derive(Debug, Default)]
pub(crate) struct Notes(Mutex<Vec<String>>);

impl Notes {
    /// Writes the name of the handler, and the status and kind of the event.
    pub(crate) fn note(&self, handler: &str, event: &Event<'_>) {
        let status = if event.is_start() { "start" } else { "end" };
        let line = format!("{handler} {status} {}", event.kind());
        self.0.lock().unwrap().push(line);
    }

    /// Removes the lines, and returns them.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// Counts calls of a handler.
#[derive(Debug, Default)]
pub(crate) struct Count(pub(crate) AtomicU32);

impl Count {
    pub(crate) fn count(&self, _: &Event<'_>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Calls a closure when it is dropped. As a listener it ignores events.
pub(crate) struct OnDrop<F: FnMut()>(pub(crate) F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

impl<F: FnMut() + Send + Sync + 'static> Listener for OnDrop<F> {
    fn on_start(&self, _: &Event<'_>) {}
    fn on_end(&self, _: &Event<'_>) {}
}

/// Returns whether this process is a child that [`run_in_child`] started.
pub(crate) fn is_child() -> bool {
    std::env::var_os("TEST_CHILD").is_some()
}

/// Runs one test of this program in a child process, and returns its stdout and stderr.
///
/// Panics if the test fails there.
pub(crate) fn run_in_child(test: &str, variables: &[(&str, &str)]) -> (String, String) {
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env("TEST_CHILD", "1")
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let [output, errors] =
        [child.stdout, child.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    assert!(child.status.success(), "{output}{errors}");
    (output, errors)
}
