//! `Event::busy`: the time of the polls of a future.

mod support;

use std::pin::pin;
use std::sync::Mutex;
use std::task::Poll;
use std::thread::sleep;
use std::time::{Duration, Instant};

use event_core::{
    Event, EventId, EventStatus, Listener, RecordingListener, end_event, enter_event,
    install_listener, local, open_event, start_event, trigger_event,
};
use support::{poll_once, yield_times};

const WORK: Duration = Duration::from_millis(4);
const WAIT: Duration = Duration::from_millis(40);

/// Collects the busy time of each START, and the duration and the busy time of each END.
#[derive(Default)]
struct Times {
    of_starts: Mutex<Vec<Option<Duration>>>,
    of_ends: Mutex<Vec<(Option<Duration>, Option<Duration>)>>,
    ignores_durations: bool,
}

impl Listener for Times {
    fn on_start(&self, event: &Event<'_>) {
        self.of_starts.lock().unwrap().push(event.busy());
    }

    fn on_end(&self, event: &Event<'_>) {
        let times = (event.duration(), event.busy());
        self.of_ends.lock().unwrap().push(times);
    }

    fn wants_duration(&self) -> bool {
        !self.ignores_durations
    }

    fn wants_data(&self) -> bool {
        false
    }
}

impl Times {
    fn last(&self) -> (Option<Duration>, Option<Duration>) {
        self.of_ends.lock().unwrap().pop().unwrap()
    }

    /// Checks that the last scope worked for `polls` times [`WORK`] and waited for the rest.
    #[track_caller]
    fn assert_worked(&self, polls: u32) {
        assert_eq!(self.of_starts.lock().unwrap().pop(), Some(None));
        let (duration, busy) = self.last();
        let (duration, busy) = (duration.unwrap(), busy.unwrap());
        assert!(busy >= polls * WORK, "{busy:?}");
        assert!(duration >= busy + WAIT, "{busy:?} of {duration:?}");
    }
}

#[trigger_event("busy:future")]
async fn future() {
    sleep(WORK);
    yield_times(1).await;
    sleep(WORK);
}

#[trigger_event("busy:arguments", ret)]
async fn with_arguments(text: String) -> usize {
    sleep(WORK);
    yield_times(1).await;
    text.len()
}

#[trigger_event("busy:returned")]
#[expect(
    clippy::manual_async_fn,
    reason = "a function that returns a future is tested"
)]
fn returned() -> impl Future<Output = ()> {
    async {
        sleep(WORK);
        yield_times(1).await;
    }
}

/// Polls to the end, and waits between two polls.
fn run<R>(future: impl Future<Output = R>) -> R {
    let mut future = pin!(future);
    assert!(poll_once(future.as_mut()).is_pending());
    sleep(WAIT);
    match poll_once(future.as_mut()) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("pending"),
    }
}

#[test]
fn busy_time_of_a_future_is_the_time_of_its_polls() {
    let times = local::install_listener("busy:*", Times::default());
    run(future());
    times.assert_worked(2);
    assert_eq!(run(with_arguments("ab".to_owned())), 2);
    times.assert_worked(1);
    run(returned());
    times.assert_worked(1);
}

#[test]
fn polls_on_other_threads_count() {
    #[trigger_event("busy_threads:future")]
    async fn moving() {
        yield_times(1).await;
        sleep(WORK);
    }
    let times = install_listener("busy_threads:*", Times::default());
    let mut future = Box::pin(moving());
    assert!(poll_once(future.as_mut()).is_pending());
    sleep(WAIT);
    std::thread::spawn(move || assert!(poll_once(future.as_mut()).is_ready()))
        .join()
        .unwrap();
    times.assert_worked(1);
}

#[test]
fn dropping_a_cancelled_future_counts_as_work() {
    struct SlowDrop;
    impl Drop for SlowDrop {
        fn drop(&mut self) {
            sleep(WORK);
        }
    }
    #[trigger_event("busy_cancelled:future")]
    async fn cancelled() {
        let _slow = SlowDrop;
        std::future::pending::<()>().await;
    }
    let times = local::install_listener("busy_cancelled:*", Times::default());
    let mut future = Box::pin(cancelled());
    assert!(poll_once(future.as_mut()).is_pending());
    sleep(WAIT);
    drop(future);
    times.assert_worked(1);
}

#[test]
fn panic_in_a_poll_keeps_the_time_of_the_polls() {
    #[trigger_event("busy_panic:future")]
    async fn panics() {
        yield_times(1).await;
        sleep(WORK);
        panic!("in the second poll");
    }
    let times = local::install_listener("busy_panic:*", Times::default());
    let outcome = std::panic::catch_unwind(|| run(panics()));
    assert!(outcome.is_err());
    times.assert_worked(1);
}

#[test]
fn next_future_starts_at_zero() {
    #[trigger_event("busy_next:future")]
    async fn next(work: Duration) {
        sleep(work);
        yield_times(1).await;
    }
    let times = local::install_listener("busy_next:*", Times::default());
    for work in [WAIT, Duration::ZERO] {
        let before = Instant::now();
        run(next(work));
        let elapsed = before.elapsed();
        let (_, busy) = times.last();
        assert!(busy.unwrap() >= work);
        assert!(busy.unwrap() + WAIT <= elapsed, "{busy:?} of {elapsed:?}");
    }
}

#[test]
fn other_scopes_are_busy_all_the_time_except_open_events() {
    let times = local::install_listener("busy_other:*", Times::default());
    trigger_event("busy_other:closure", (), || sleep(WORK));
    let (duration, busy) = times.last();
    assert!(busy.unwrap() >= WORK);
    assert_eq!(busy, duration);
    drop(enter_event("busy_other:guard", ()));
    let (duration, busy) = times.last();
    assert!(busy.is_some());
    assert_eq!(busy, duration);
    start_event("busy_other:pair", ());
    end_event("busy_other:pair", (), None);
    assert!(times.last().1.is_some());
    open_event("busy_other:open", ()).end();
    let (duration, busy) = times.last();
    assert!(duration.is_some());
    assert_eq!(busy, None);
}

#[test]
fn busy_time_of_an_open_event_is_the_time_of_the_futures_under_its_handle() {
    let times = local::install_listener("busy_open:*", Times::default());
    let open = open_event("busy_open:request", ());
    sleep(WAIT);
    run(open.handle().run_future(async {
        sleep(WORK);
        yield_times(1).await;
        sleep(WORK);
    }));
    open.end();
    times.assert_worked(2);

    let open = open_event("busy_open:only_run", ());
    open.handle().run(|| sleep(WORK));
    open.end();
    assert_eq!(times.last().1, None);
}

#[test]
fn futures_at_one_time_make_an_open_event_busy_once() {
    let times = install_listener("busy_parallel:*", Times::default());
    let open = open_event("busy_parallel:request", ());
    let handle = open.handle();
    let before = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            let both = handle.run_future(handle.run_future(async { sleep(WAIT) }));
            scope.spawn(move || assert!(poll_once(pin!(both)).is_ready()));
        }
    });
    let elapsed = before.elapsed();
    sleep(WAIT);
    open.end();
    let (duration, busy) = times.last();
    let (duration, busy) = (duration.unwrap(), busy.unwrap());
    assert!(busy >= WAIT && busy <= elapsed, "{busy:?} of {elapsed:?}");
    assert!(duration >= busy + WAIT, "{busy:?} of {duration:?}");
}

#[test]
fn open_event_that_ends_inside_its_future_was_busy_until_then() {
    let times = local::install_listener("busy_inside:*", Times::default());
    let open = open_event("busy_inside:request", ());
    let handle = open.handle();
    run(handle.run_future(async move {
        yield_times(1).await;
        sleep(WORK);
        open.end();
        sleep(WAIT);
    }));
    times.assert_worked(1);
}

#[test]
fn polls_of_an_open_event_are_notified_once_for_each_thread() {
    #[derive(Default)]
    struct Log(Mutex<Vec<String>>);
    impl Listener for Log {
        fn on_start(&self, _: &Event<'_>) {
            self.0.lock().unwrap().push("START".to_owned());
        }
        fn on_end(&self, _: &Event<'_>) {
            self.0.lock().unwrap().push("END".to_owned());
        }
        fn on_poll(&self, _: EventId, status: EventStatus) {
            self.0.lock().unwrap().push(format!("{status:?}"));
        }
        fn wants_polls(&self) -> bool {
            true
        }
    }
    let log = local::install_listener("busy_notified:*", Log::default());
    let open = open_event("busy_notified:request", ());
    let handle = open.handle();
    run(handle.run_future(handle.run_future(async move {
        yield_times(1).await;
        open.end();
    })));
    let log = log.0.lock().unwrap();
    assert_eq!(*log, ["START", "Start", "End", "Start", "End", "END"]);
}

#[test]
fn busy_time_is_unknown_if_nobody_wants_durations() {
    #[trigger_event("busy_unknown:future")]
    async fn unknown() {
        yield_times(1).await;
    }
    let times = Times {
        ignores_durations: true,
        ..Times::default()
    };
    let times = local::install_listener("busy_unknown:*", times);
    run(unknown());
    assert_eq!(times.last(), (None, None));
}

#[test]
fn recorder_keeps_the_busy_time() {
    #[trigger_event("busy_recorded:future")]
    async fn recorded(text: &str) {
        sleep(WORK);
        yield_times(1).await;
        assert!(!text.is_empty());
    }
    for recorder in [
        RecordingListener::new(),
        RecordingListener::with_capacity_limit(10),
    ] {
        let recorder = local::install_listener("busy_recorded:*", recorder);
        run(recorded("a"));
        let times = local::install_listener("busy_recorded:*", Times::default());
        run(recorded("b"));
        let calls = recorder.calls();
        assert_eq!(calls[0].busy(), None, "no listener wanted durations");
        assert_eq!((calls[1].duration(), calls[1].busy()), times.last());
        assert_eq!(calls[1].data().to_string(), r#"text="b""#);
    }
}

/// Works at the start and the end of each poll, and measures the time in between.
#[derive(Default)]
struct SlowPolls {
    polled: Mutex<Option<Instant>>,
    between: Mutex<Duration>,
}

impl Listener for SlowPolls {
    fn on_start(&self, _: &Event<'_>) {
        sleep(WAIT);
    }

    fn on_end(&self, _: &Event<'_>) {}

    fn on_poll(&self, _: EventId, status: EventStatus) {
        if status == EventStatus::End {
            let polled = self.polled.lock().unwrap().take().unwrap();
            *self.between.lock().unwrap() += polled.elapsed();
        }
        sleep(WAIT);
        *self.polled.lock().unwrap() = Some(Instant::now());
    }

    fn wants_polls(&self) -> bool {
        true
    }
}

#[test]
fn work_of_listeners_does_not_count() {
    #[trigger_event("busy_listeners:future")]
    async fn listened() {
        yield_times(1).await;
    }
    let times = local::install_listener("busy_listeners:*", Times::default());
    // The last listener: the poll follows its work.
    let slow = local::install_listener("busy_listeners:*", SlowPolls::default());
    run(listened());
    let (_, busy) = times.last();
    let between = *slow.between.lock().unwrap();
    assert!(busy.unwrap() <= between, "{busy:?} of {between:?}");
}
