//! Durations: `Event::duration`, `Listener::wants_duration` and `install_durations`.

mod support;

use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::thread::sleep;
use std::time::{Duration, Instant};

use event_core::{
    Event, EventStatus, Listener, RecordingListener, data, end_event, enter_event,
    install_durations, install_listener, local, open_event, start_event, trigger_event,
};
use support::{events, poll_once, yield_times};

const PAUSE: Duration = Duration::from_millis(3);

/// Collects the durations of ENDs, and wants them if `wants` is true.
#[derive(Default)]
struct Durations {
    wants: bool,
    of_ends: Mutex<Vec<Option<Duration>>>,
    of_starts: Mutex<Vec<Option<Duration>>>,
}

impl Durations {
    fn wanted() -> Self {
        Self {
            wants: true,
            ..Self::default()
        }
    }

    fn take(&self) -> Vec<Option<Duration>> {
        std::mem::take(&mut self.of_ends.lock().unwrap())
    }
}

impl Listener for Durations {
    fn on_start(&self, event: &Event<'_>) {
        self.of_starts.lock().unwrap().push(event.duration());
    }

    fn on_end(&self, event: &Event<'_>) {
        self.of_ends.lock().unwrap().push(event.duration());
    }

    fn wants_duration(&self) -> bool {
        self.wants
    }

    fn wants_data(&self) -> bool {
        false
    }
}

#[trigger_event("durations:function")]
fn function() {
    sleep(PAUSE);
}

#[trigger_event("durations:future")]
async fn future() {
    yield_times(1).await;
}

#[test]
fn ends_of_every_form_have_a_duration() {
    let listener = local::install_listener("durations:*", Durations::wanted());
    let expect_pause = |form: &str| {
        let durations = listener.take();
        assert!(
            matches!(durations[..], [Some(duration)] if duration >= PAUSE),
            "{form}: {durations:?}"
        );
    };
    function();
    expect_pause("function");
    trigger_event("durations:closure", (), || sleep(PAUSE));
    expect_pause("closure");
    let guard = enter_event("durations:guard", ());
    sleep(PAUSE);
    drop(guard);
    expect_pause("guard");
    let open = open_event("durations:open", ());
    sleep(PAUSE);
    open.end_with(data! { n = 1 }, None);
    expect_pause("open event");
    start_event("durations:pair", ());
    sleep(PAUSE);
    end_event("durations:pair", (), None);
    expect_pause("pair");
    let mut future = pin!(future());
    assert_eq!(poll_once(future.as_mut()), Poll::Pending);
    sleep(PAUSE);
    assert_eq!(poll_once(future.as_mut()), Poll::Ready(()));
    expect_pause("future");
    let outcome = std::panic::catch_unwind(|| {
        trigger_event("durations:panic", (), || {
            sleep(PAUSE);
            panic!("oh")
        })
    });
    assert!(outcome.is_err());
    expect_pause("panic");
    assert!(
        listener
            .of_starts
            .lock()
            .unwrap()
            .iter()
            .all(Option::is_none)
    );
}

#[test]
fn duration_is_unknown_if_nobody_wants_it() {
    let listener = local::install_listener("durations_unknown:a", Durations::default());
    trigger_event("durations_unknown:a", (), || {});
    assert_eq!(listener.take(), [None]);
    end_event("durations_unknown:a", (), None);
    assert_eq!(listener.take(), [None]);
    let event = Event::new("durations_unknown:a", EventStatus::End);
    assert_eq!(event.duration(), None);
}

#[test]
fn end_without_start_has_no_duration() {
    let listener = local::install_listener("durations_alone:a", Durations::wanted());
    end_event("durations_alone:a", (), None);
    assert_eq!(listener.take(), [None]);
}

#[test]
fn duration_is_known_to_all_listeners_if_one_has_read_the_start() {
    let listener = local::install_listener("durations_read:a", Durations::default());
    let recorder = local::install_recorder("durations_read:a");
    trigger_event("durations_read:a", (), || sleep(PAUSE));
    assert!(listener.take()[0].unwrap() >= PAUSE);
    let events = events(&recorder);
    assert_eq!(events[0].duration(), None);
    assert_eq!(
        events[1].duration(),
        Some(events[1].instant() - events[0].instant())
    );
}

/// Works at each START, and collects the times from the end of that work to the END.
#[derive(Default)]
struct SlowStart {
    started: Mutex<Option<Instant>>,
    bodies: Mutex<Vec<Duration>>,
}

impl Listener for SlowStart {
    fn on_start(&self, _: &Event<'_>) {
        sleep(PAUSE);
        *self.started.lock().unwrap() = Some(Instant::now());
    }

    fn on_end(&self, _: &Event<'_>) {
        let started = self.started.lock().unwrap().take().unwrap();
        self.bodies.lock().unwrap().push(started.elapsed());
    }
}

#[test]
fn work_of_listeners_at_the_start_does_not_count() {
    let _before = local::install_listener("durations_slow:a", SlowStart::default());
    let durations = local::install_listener("durations_slow:a", Durations::wanted());
    let last = local::install_listener("durations_slow:a", SlowStart::default());
    trigger_event("durations_slow:a", (), || {});
    drop(enter_event("durations_slow:a", ()));
    start_event("durations_slow:a", ());
    end_event("durations_slow:a", (), None);
    let (durations, bodies) = (durations.take(), last.bodies.lock().unwrap());
    assert_eq!((durations.len(), bodies.len()), (3, 3));
    for (duration, body) in durations.into_iter().zip(&*bodies) {
        assert!(duration.unwrap() <= *body, "{duration:?} of {body:?}");
    }
}

#[test]
fn recorded_events_have_durations_in_every_storage() {
    let bounded = RecordingListener::with_capacity_limit(10);
    let bounded = local::install_listener("durations_stored:*", bounded);
    let unbounded = local::install_recorder("durations_stored:*");
    function_with_outcome(true).unwrap_err();
    function_with_outcome(false).unwrap();
    for recorder in [bounded.listener(), unbounded.listener()] {
        let events = events(recorder);
        for pair in events.chunks(2) {
            let elapsed = pair[1].instant() - pair[0].instant();
            assert_eq!(pair[1].duration(), Some(elapsed));
            assert_eq!(pair[1].clone().into_owned().duration(), Some(elapsed));
        }
        assert_eq!(events.len(), 4);
    }
}

#[trigger_event("durations_stored:outcome", ret, err)]
fn function_with_outcome(fails: bool) -> Result<u32, String> {
    if fails { Err("failed".into()) } else { Ok(7) }
}

#[test]
fn smart_pointers_and_lists_forward_the_wish() {
    let wants = |listener: &dyn Listener| listener.wants_duration();
    assert!(wants(&Arc::new(Durations::wanted())));
    assert!(wants(&(Box::new(Durations::wanted()) as Box<dyn Listener>)));
    assert!(wants(&Some(Durations::wanted())));
    assert!(wants(&vec![Durations::default(), Durations::wanted()]));
    assert!(!wants(&vec![Durations::default()]));
    assert!(!wants(&None::<Durations>));
}

#[derive(Default, Listener)]
#[listen("durations_derived:a", on_end = Self::ended, wants_data = false, wants_duration = true)]
struct Derived {
    nanos: AtomicU64,
}

impl Derived {
    fn ended(&self, event: &Event<'_>) {
        let nanos = event.duration().unwrap().as_nanos();
        self.nanos
            .fetch_add(u64::try_from(nanos).unwrap(), Ordering::Relaxed);
    }
}

#[derive(Listener)]
struct Forwarding {
    #[listen(forward)]
    derived: Derived,
}

#[test]
fn derived_listener_can_want_durations() {
    let listener = local::install(Derived::default());
    trigger_event("durations_derived:a", (), || sleep(PAUSE));
    let nanos = listener.nanos.load(Ordering::Relaxed);
    assert!(Duration::from_nanos(nanos) >= PAUSE);
    let forwarding = Forwarding {
        derived: Derived::default(),
    };
    assert!(forwarding.wants_duration());
    assert!(forwarding.derived.wants_duration() && !forwarding.derived.wants_data());
    assert!(!Undurated.wants_duration());
}

#[derive(Listener)]
#[listen("durations_derived:b", on_end = Self::ended)]
struct Undurated;

impl Undurated {
    fn ended(_: &Self, _: &Event<'_>) {}
}

#[test]
fn callback_receives_each_end_with_its_duration() {
    let seen: Arc<Mutex<Vec<(String, Duration)>>> = Arc::default();
    let collect = |seen: &Arc<Mutex<Vec<(String, Duration)>>>| {
        let seen = Arc::clone(seen);
        move |event: &Event<'_>, duration: Duration| {
            seen.lock().unwrap().push((event.to_string(), duration));
        }
    };
    let global = install_durations("durations_callback:*", collect(&seen));
    let here = local::install_durations("durations_callback:a", collect(&seen));
    let in_thread = || trigger_event("durations_callback:a", data! { n = 1 }, || sleep(PAUSE));
    std::thread::spawn(in_thread).join().unwrap();
    assert_eq!(
        seen.lock().unwrap().len(),
        1,
        "the local callback is not called"
    );
    trigger_event("durations_callback:a", data! { n = 2 }, || sleep(PAUSE));
    drop((global, here));
    trigger_event("durations_callback:a", (), || {});
    let seen = seen.lock().unwrap();
    let lines: Vec<_> = seen.iter().map(|(line, _)| line.as_str()).collect();
    let end = "END durations_callback:a n=";
    assert_eq!(
        lines,
        [format!("{end}1"), format!("{end}2"), format!("{end}2")]
    );
    assert!(seen.iter().all(|(_, duration)| *duration >= PAUSE));
    assert_eq!(
        seen[1].1, seen[2].1,
        "both callbacks receive the same event"
    );
}

#[test]
fn callback_is_not_called_for_an_end_without_start() {
    let calls = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&calls);
    let _durations = install_durations("durations_no_start:a", move |_, _| {
        count.fetch_add(1, Ordering::Relaxed);
    });
    end_event("durations_no_start:a", (), None);
    assert_eq!(calls.load(Ordering::Relaxed), 0);
}

#[test]
fn listener_registered_during_a_scope_does_not_disturb() {
    let first = install_listener("durations_late:a", Durations::default());
    let guard = enter_event("durations_late:a", ());
    let late = install_listener("durations_late:a", Durations::wanted());
    drop(guard);
    assert_eq!(first.take(), [None], "the clock was not read at the START");
    assert_eq!(late.take(), []);
}
