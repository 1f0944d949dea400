//! The bare call, and hand-written instrumentation: the costs that a library can hope to reach.
//!
//! The checked flag must be written somewhere that the optimiser cannot rule out. Otherwise the
//! optimiser replaces its load by its initial value.

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Instant;

use crate::body::{hash, repeat};
use crate::scenario::{Group, Scenario};

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario::new(Group::Bare, "bare", "the bare call", |calls| {
        repeat(calls, bare);
    }),
    Scenario::new(
        Group::Disabled,
        "hand-check",
        "by hand: a relaxed load and a branch",
        |calls| {
            repeat(calls, checked);
        },
    ),
    Scenario::new(
        Group::Enabled,
        "hand-dyn",
        "by hand: one `dyn` listener called twice",
        |calls| {
            repeat(calls, notified);
        },
    )
    .with(|| Box::new(LISTENER.set(Box::new(Idle)).is_ok())),
    Scenario::new(
        Group::Timed,
        "hand-clock",
        "by hand: two clock reads (above the bare call)",
        |calls| {
            repeat(calls, timed);
        },
    ),
    Scenario::new(
        Group::Recorded,
        "hand-mutex",
        "by hand: formatted, into one `Mutex<Vec>`",
        |calls| repeat(calls, formatted),
    ),
    Scenario::new(
        Group::Recorded,
        "hand-typed",
        "by hand: typed, into a thread-local `Vec`",
        |calls| repeat(calls, typed),
    ),
];

/// The measured function without instrumentation.
#[inline(never)]
#[must_use]
pub fn bare(a: u64, b: &str) -> u64 {
    hash(a, b)
}

static IS_ENABLED: AtomicBool = AtomicBool::new(false);

/// Enables or disables the instrumentation of [`checked`].
pub fn set_enabled(is_enabled: bool) {
    IS_ENABLED.store(is_enabled, Ordering::Relaxed);
}

/// The measured function behind a check.
#[inline(never)]
#[must_use]
pub fn checked(a: u64, b: &str) -> u64 {
    if IS_ENABLED.load(Ordering::Relaxed) {
        return notified(a, b);
    }
    hash(a, b)
}

struct Notification<'a> {
    is_start: bool,
    a: u64,
    b: &'a str,
}

trait Listener: Send + Sync {
    fn notify(&self, notification: &Notification<'_>);
}

struct Idle;

impl Listener for Idle {
    fn notify(&self, notification: &Notification<'_>) {
        std::hint::black_box((notification.is_start, notification.a, notification.b.len()));
    }
}

static LISTENER: OnceLock<Box<dyn Listener>> = OnceLock::new();

/// The measured function between two calls of a listener.
#[inline(never)]
#[must_use]
pub fn notified(a: u64, b: &str) -> u64 {
    let notify = |is_start| {
        if let Some(listener) = LISTENER.get() {
            listener.notify(&Notification { is_start, a, b });
        }
    };
    notify(true);
    let hash = hash(a, b);
    notify(false);
    hash
}

/// The measured function between two clock reads.
#[inline(never)]
#[must_use]
pub fn timed(a: u64, b: &str) -> u64 {
    let start = Instant::now();
    let hash = hash(a, b);
    std::hint::black_box(start.elapsed());
    hash
}

struct Line {
    is_start: bool,
    time: Instant,
    text: String,
}

static LINES: Mutex<Vec<Line>> = Mutex::new(Vec::new());

fn keep_line(is_start: bool, text: String) {
    let time = Instant::now();
    LINES
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(Line {
            is_start,
            time,
            text,
        });
}

/// The measured function, with START and END recorded as text.
#[inline(never)]
#[must_use]
pub fn formatted(a: u64, b: &str) -> u64 {
    keep_line(true, format!("a={a} b={b:?}"));
    let hash = hash(a, b);
    keep_line(false, String::new());
    hash
}

/// Returns the number of END lines that [`formatted`] has recorded.
#[must_use]
pub fn ended_lines() -> usize {
    let lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
    let ended = lines.iter().filter(|line| !line.is_start);
    ended
        .filter(|line| line.text.is_empty() && line.time.elapsed().as_secs() < 3600)
        .count()
}

enum TypedRecord {
    Start { time: Instant, a: u64, b: Box<str> },
    End { time: Instant },
}

thread_local! {
    static TYPED: RefCell<Vec<TypedRecord>> = const { RefCell::new(Vec::new()) };
}

fn keep_typed(record: TypedRecord) {
    TYPED.with_borrow_mut(|records| records.push(record));
}

/// The measured function, with START and END recorded as typed values.
#[inline(never)]
#[must_use]
pub fn typed(a: u64, b: &str) -> u64 {
    keep_typed(TypedRecord::Start {
        time: Instant::now(),
        a,
        b: b.into(),
    });
    let hash = hash(a, b);
    keep_typed(TypedRecord::End {
        time: Instant::now(),
    });
    hash
}

/// Returns a sum of the values that [`typed`] has recorded on this thread.
#[must_use]
pub fn typed_sum() -> u64 {
    TYPED.with_borrow(|records| {
        let values = records.iter().map(|record| match record {
            TypedRecord::Start { time, a, b } => {
                a.wrapping_add(b.len() as u64) ^ time.elapsed().as_secs()
            }
            TypedRecord::End { time } => time.elapsed().as_secs(),
        });
        values.fold(0, u64::wrapping_add)
    })
}
