//! Sixteen threads use the whole API at once. At the end every count must be exact.
//!
//! `EVENT_STRESS_SECONDS` sets the duration (default 3).

#![allow(
    clippy::items_after_statements,
    clippy::manual_is_multiple_of,
    reason = "statics are declared where they are used; `random % n` reads as a random choice"
)]

use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use event_core::{
    EnteredEvent, Event, EventGuard, EventId, EventStatus, Listener, OpenEvent, RecordingListener,
    ThreadId, data, end_event, enter_event, from_fn, install_listener, install_recorder,
    install_shared, install_timer, local, open_event, set_listener_panic_hook, start_event,
    trigger_event,
};

const THREADS: usize = 16;

/// The number of scopes whose START the permanent listener must have received.
static STARTED: AtomicUsize = AtomicUsize::new(0);
/// The number of notifications that a listener should not have received.
static WRONG: AtomicUsize = AtomicUsize::new(0);
static PANICKED: AtomicUsize = AtomicUsize::new(0);
static REPORTED: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// The number of scopes that this thread started.
    static STARTED_HERE: Cell<usize> = const { Cell::new(0) };
}

fn count_start() {
    STARTED.fetch_add(1, Ordering::Relaxed);
    STARTED_HERE.set(STARTED_HERE.get() + 1);
}

/// Keeps the ids of open scopes and running polls, and checks each notification against them.
#[derive(Default)]
struct Ledger {
    open: [Mutex<HashSet<EventId>>; 16],
    polled: Mutex<HashMap<EventId, ThreadId>>,
    polls: AtomicUsize,
    starts: AtomicUsize,
    ends: AtomicUsize,
    thread: Option<ThreadId>,
}

impl Ledger {
    fn open(&self, event: &Event<'_>) -> &Mutex<HashSet<EventId>> {
        &self.open[usize::try_from(event.id().as_u64() % 16).unwrap()]
    }

    fn still_open(&self) -> usize {
        let open = self.open.iter();
        open.map(|open| open.lock().unwrap().len()).sum()
    }
}

impl Listener for Ledger {
    fn on_start(&self, event: &Event<'_>) {
        self.starts.fetch_add(1, Ordering::Relaxed);
        let is_new = self.open(event).lock().unwrap().insert(event.id());
        let is_own_thread = self.thread.is_none_or(|thread| thread == event.thread());
        WRONG.fetch_add((!is_new || !is_own_thread).into(), Ordering::Relaxed);
    }

    fn on_end(&self, event: &Event<'_>) {
        self.ends.fetch_add(1, Ordering::Relaxed);
        let was_open = self.open(event).lock().unwrap().remove(&event.id());
        let is_polled = self.polled.lock().unwrap().contains_key(&event.id());
        WRONG.fetch_add((!was_open || is_polled).into(), Ordering::Relaxed);
    }

    fn on_poll(&self, future: EventId, status: EventStatus) {
        let here = ThreadId::current();
        let mut polled = self.polled.lock().unwrap();
        let is_wrong = match status {
            EventStatus::Start => polled.insert(future, here).is_some(),
            EventStatus::End => polled.remove(&future) != Some(here),
        };
        self.polls.fetch_add(1, Ordering::Relaxed);
        WRONG.fetch_add(is_wrong.into(), Ordering::Relaxed);
    }

    fn wants_polls(&self) -> bool {
        true
    }
}

struct Method(u64);

#[trigger_event("stress:method")]
impl Method {
    fn add(&mut self, n: u64) -> u64 {
        self.0 += n;
        self.0
    }

    fn half(&self) -> u64 {
        self.0 / 2
    }
}

#[trigger_event("stress:sync")]
fn sync(name: &str, depth: u64) -> u64 {
    if depth == 0 {
        return name.len() as u64;
    }
    count_start();
    sync(name, depth - 1) + 1
}

#[trigger_event("stress:panics")]
fn panics(n: u64) -> u64 {
    panic!("{n}")
}

#[trigger_event("stress:fails", ret, err)]
fn fails(n: u64) -> Result<u64, String> {
    if n % 2 == 0 {
        Ok(n)
    } else {
        Err(n.to_string())
    }
}

struct Yield(u64);

impl Future for Yield {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        self.0 = self.0.saturating_sub(1);
        if self.0 == 0 {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }
}

#[trigger_event("stress:async")]
async fn pends(times: u64, fails: bool) -> u64 {
    count_start(); // the START is at the first poll
    Yield(times).await;
    assert!(!fails, "polled");
    times
}

type Task = Pin<Box<dyn Future<Output = u64> + Send>>;

/// Pending futures, which any thread can poll next.
static TASKS: Mutex<Vec<Task>> = Mutex::new(Vec::new());

/// Polls a new or pending future once. Then the future is done, dropped, or pending again.
fn poll(random: u64) {
    let pending = TASKS.lock().unwrap().pop();
    let mut task = match pending {
        Some(task) if random % 4 != 0 => task,
        _ => Box::pin(pends(random % 7 + 1, random % 11 == 0)),
    };
    let mut context = Context::from_waker(Waker::noop());
    let polled = catch_unwind(AssertUnwindSafe(|| task.as_mut().poll(&mut context)));
    if matches!(polled, Ok(Poll::Pending)) && random % 5 != 0 {
        TASKS.lock().unwrap().push(task);
    }
}

/// Open events, which any thread can use next.
static OPEN: Mutex<Vec<OpenEvent>> = Mutex::new(Vec::new());

/// Takes a new or shared open event, and enters it, runs calls in it, or ends it.
fn open(random: u64, entered: &mut Vec<EnteredEvent>) {
    let shared = OPEN.lock().unwrap().pop();
    let open = shared.unwrap_or_else(|| {
        count_start();
        open_event("stress:open", data! { random })
    });
    if entered.len() > 5 {
        let place = usize::try_from(random).unwrap_or_default() % entered.len();
        drop(entered.swap_remove(place));
    }
    match random % 7 {
        0 => open.end(),
        1 => open.end_with(data! { done = true }, None),
        2 => {
            let resumed = catch_unwind(AssertUnwindSafe(|| {
                let _open = open;
                panic::resume_unwind(Box::new(random));
            }));
            assert!(resumed.is_err_and(|payload| payload.is::<u64>()));
        }
        3 => {
            open.handle().run(|| calls(random));
            OPEN.lock().unwrap().push(open);
        }
        _ => {
            entered.push(open.handle().enter());
            OPEN.lock().unwrap().push(open);
        }
    }
}

/// Sends a separate START and END.
///
/// Each goes to the listeners registered at its time. The permanent listener receives both.
fn pair() {
    STARTED.fetch_add(1, Ordering::Relaxed);
    start_event("stress_pair:lock", data! { n = 1 });
    end_event("stress_pair:lock", (), None);
}

/// Installs a listener for some calls of this and other threads.
fn listen(random: u64) {
    match random % 6 {
        0 => {
            let ledger = install_listener("stress:*", Ledger::default());
            calls(random);
            let ledger = ledger.uninstall();
            assert!(ledger.ends.load(Ordering::Relaxed) <= ledger.starts.load(Ordering::Relaxed));
        }
        1 => {
            let thread = Some(ThreadId::current());
            let ledger = Ledger {
                thread,
                ..Ledger::default()
            };
            let ledger = local::install_listener("stress:*", ledger);
            let before = STARTED_HERE.get();
            calls(random);
            assert_eq!(
                ledger.starts.load(Ordering::Relaxed),
                STARTED_HERE.get() - before
            );
            assert_eq!(ledger.still_open(), 0);
        }
        2 => {
            let recorder = install_recorder("stress:sync");
            count_start();
            sync("recorded", 1);
            assert!(recorder.len() >= 2);
        }
        3 => {
            let bad = from_fn(|event: &Event<'_>| {
                PANICKED.fetch_add(1, Ordering::Relaxed);
                assert!(!event.is_start() && !event.is_end(), "bad");
            });
            let _bad = local::install_listener("stress:sync", bad);
            count_start();
            sync("panics", 0);
        }
        4 => {
            let timer = install_timer("stress:*", |_| {});
            calls(random);
            drop(timer);
        }
        _ => {
            let bounded = RecordingListener::with_capacity_limit(3);
            let bounded = install_listener("stress:method", bounded);
            calls(random);
            assert!(bounded.len() <= 3);
        }
    }
}

/// Triggers scopes that end on this thread.
fn calls(random: u64) {
    count_start();
    sync("work", random % 4);
    count_start();
    let _ = catch_unwind(|| panics(random));
    count_start();
    assert_eq!(fails(random).is_ok(), random % 2 == 0);
    let mut method = Method(random);
    count_start();
    method.add(1);
    count_start();
    method.half();
    count_start();
    trigger_event("stress:closure", data! { random }, || {
        count_start();
        let _guard = enter_event("stress:guard", ());
    });
    pair();
}

/// Enters a guard, and drops the guards out of order.
fn guards(random: u64, held: &mut Vec<EventGuard>) {
    count_start();
    held.push(enter_event("stress:guard", data! { random }));
    if held.len() > 5 {
        let place = usize::try_from(random).unwrap_or_default() % held.len();
        drop(held.swap_remove(place));
    }
}

fn work(seed: u64, until: Instant) -> u64 {
    let mut random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut held = Vec::new();
    let mut entered = Vec::new();
    let mut turns = 0;
    while Instant::now() < until {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        match random % 9 {
            0 | 1 => calls(random >> 8),
            2 | 3 => poll(random >> 8),
            4 => guards(random >> 8, &mut held),
            5 => listen(random >> 8),
            6 => drop(pends(1, false)), // never polled, so it emits no events
            7 => open(random >> 8, &mut entered),
            _ => {
                // A short-lived thread that continues the current scope.
                let handle = event_core::current_event();
                let thread = std::thread::spawn(move || handle.run(|| calls(random >> 8)));
                thread.join().unwrap();
            }
        }
        turns += 1;
    }
    turns
}

#[test]
fn every_start_has_its_end_and_no_listener_misses_one() {
    let seconds = std::env::var("EVENT_STRESS_SECONDS").ok();
    let seconds = seconds
        .and_then(|seconds| seconds.parse().ok())
        .unwrap_or(3);
    panic::set_hook(Box::new(|info| {
        let payload = info.payload();
        let text = payload.downcast_ref::<&str>().copied();
        let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        if text.is_some_and(|text| text.contains(' ')) {
            eprintln!("{info}");
        }
    }));
    set_listener_panic_hook(|_, _| {
        REPORTED.fetch_add(1, Ordering::Relaxed);
    });
    let permanent = install_listener("stress:*", Ledger::default());
    let of_pairs = install_shared("stress_pair:*", Arc::clone(permanent.listener()));
    let until = Instant::now() + Duration::from_secs(seconds);
    let threads: Vec<_> = (0..THREADS as u64)
        .map(|seed| std::thread::spawn(move || work(seed, until)))
        .collect();
    let turns: Vec<_> = threads
        .into_iter()
        .map(std::thread::JoinHandle::join)
        .collect();
    let _ = panic::take_hook();
    let turns: u64 = turns
        .into_iter()
        .map(|turns| turns.expect("no assertion fails on the thread"))
        .sum();
    drop(std::mem::take(&mut *TASKS.lock().unwrap())); // cancelled
    drop(std::mem::take(&mut *OPEN.lock().unwrap()));
    assert!(event_core::current_event().id().is_none());

    drop(of_pairs);
    let ledger: Arc<Ledger> = permanent.uninstall();
    let started = STARTED.load(Ordering::Relaxed);
    println!(
        "{turns} turns, {started} scopes, {} poll notifications, {} panics",
        ledger.polls.load(Ordering::Relaxed),
        PANICKED.load(Ordering::Relaxed)
    );
    assert_eq!(WRONG.load(Ordering::Relaxed), 0);
    assert_eq!(ledger.starts.load(Ordering::Relaxed), started);
    assert_eq!(ledger.ends.load(Ordering::Relaxed), started);
    assert_eq!(ledger.still_open(), 0);
    assert!(ledger.polled.lock().unwrap().is_empty());
    assert!(ledger.polls.load(Ordering::Relaxed) > 0);
    let panicked = PANICKED.load(Ordering::Relaxed) as u64;
    assert_eq!(REPORTED.load(Ordering::Relaxed), panicked);
    assert_eq!(event_core::listener_panics(), panicked);
    assert_eq!(Arc::strong_count(&ledger), 1, "no reference is left");
}
