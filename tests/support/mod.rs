//! Helpers that several test files share.
#![allow(dead_code, reason = "each test program uses some of them")]

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::process::Command;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use event_core::{Event, Listener, RecordingListener, local};

/// Returns the recorded events, by time.
pub(crate) fn events(recorder: &RecordingListener) -> Vec<Event<'static>> {
    let buffer = recorder.buffer().into_iter();
    buffer.map(|(_, event)| event).collect()
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

/// The names of dropped values, in order.
pub(crate) type DropLog = Rc<RefCell<Vec<&'static str>>>;

/// Writes its name to a log when it is dropped.
pub(crate) struct LogsDrop(pub(crate) &'static str, pub(crate) DropLog);

impl Drop for LogsDrop {
    fn drop(&mut self) {
        self.1.borrow_mut().push(self.0);
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

/// Tells whether this process is a child that [`run_in_child`] started.
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
    let [stdout, stderr] = [&child.stdout, &child.stderr].map(|text| {
        let text = String::from_utf8_lossy(text);
        text.into_owned()
    });
    assert!(child.status.success(), "{stdout}{stderr}");
    (stdout, stderr)
}
