//! What one would write by hand: the limits that a library can reach.
//!
//! What a check loads must be written somewhere the optimiser cannot rule out, or it is folded to
//! its first value.

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Instant;

use crate::body::{hash, repeat};
use crate::scenario::{Group, Scenario};

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario::new(
        Group::Unheard,
        "hand-check",
        "by hand: a relaxed load and a branch",
        |calls| {
            repeat(calls, checked);
        },
    ),
    Scenario::new(
        Group::Heard,
        "hand-dyn",
        "by hand: one `dyn` listener called twice",
        |calls| {
            repeat(calls, told);
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

/// The function as it is.
#[inline(never)]
#[must_use]
pub fn bare(a: u64, b: &str) -> u64 {
    hash(a, b)
}

static HEARD: AtomicBool = AtomicBool::new(false);

/// Makes the check of [`checked`] find a listener, or none.
pub fn set_heard(heard: bool) {
    HEARD.store(heard, Ordering::Relaxed);
}

/// The function behind a check.
#[inline(never)]
#[must_use]
pub fn checked(a: u64, b: &str) -> u64 {
    if HEARD.load(Ordering::Relaxed) {
        return told(a, b);
    }
    hash(a, b)
}

struct Told<'a> {
    is_start: bool,
    a: u64,
    b: &'a str,
}

trait Listener: Send + Sync {
    fn notify(&self, told: &Told<'_>);
}

struct Idle;

impl Listener for Idle {
    fn notify(&self, told: &Told<'_>) {
        std::hint::black_box((told.is_start, told.a, told.b.len()));
    }
}

static LISTENER: OnceLock<Box<dyn Listener>> = OnceLock::new();

/// The function between two calls of a listener.
#[inline(never)]
#[must_use]
pub fn told(a: u64, b: &str) -> u64 {
    let tell = |is_start| {
        if let Some(listener) = LISTENER.get() {
            listener.notify(&Told { is_start, a, b });
        }
    };
    tell(true);
    let hash = hash(a, b);
    tell(false);
    hash
}

/// The function between two readings of the clock.
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

/// The function with a START and an END as text.
#[inline(never)]
#[must_use]
pub fn formatted(a: u64, b: &str) -> u64 {
    keep_line(true, format!("a={a} b={b:?}"));
    let hash = hash(a, b);
    keep_line(false, String::new());
    hash
}

/// Returns how many lines [`formatted`] has kept of calls that are over.
#[must_use]
pub fn lines() -> usize {
    let lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
    let over = lines.iter().filter(|line| !line.is_start);
    over.filter(|line| line.text.is_empty() && line.time.elapsed().as_secs() < 3600)
        .count()
}

enum Typed {
    Start { time: Instant, a: u64, b: Box<str> },
    End { time: Instant },
}

thread_local! {
    static TYPED: RefCell<Vec<Typed>> = const { RefCell::new(Vec::new()) };
}

fn keep_typed(typed: Typed) {
    TYPED.with_borrow_mut(|kept| kept.push(typed));
}

/// The function with a START and an END as values.
#[inline(never)]
#[must_use]
pub fn typed(a: u64, b: &str) -> u64 {
    keep_typed(Typed::Start {
        time: Instant::now(),
        a,
        b: b.into(),
    });
    let hash = hash(a, b);
    keep_typed(Typed::End {
        time: Instant::now(),
    });
    hash
}

/// Returns a sum of what [`typed`] has kept on this thread.
#[must_use]
pub fn typed_sum() -> u64 {
    TYPED.with_borrow(|kept| {
        let values = kept.iter().map(|typed| match typed {
            Typed::Start { time, a, b } => {
                a.wrapping_add(b.len() as u64) ^ time.elapsed().as_secs()
            }
            Typed::End { time } => time.elapsed().as_secs(),
        });
        values.fold(0, u64::wrapping_add)
    })
}
