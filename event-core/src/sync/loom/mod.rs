//! What stands in for [`crate::sync`] while a model checker runs the crate: `--cfg event_loom`.
//!
//! Loom's own atomics cannot be made in a `const`, and end with the execution they were made in. These
//! can, and begin each execution with the value they were made with, so that the crate's statics are
//! checked as they stand. A `SeqCst` access is one of loom's with a `SeqCst` fence beside it, as loom
//! takes it for `AcqRel` alone: a store is followed by the fence, and a load comes after it.
#![cfg_attr(not(test), expect(dead_code, reason = "the models are tests"))]

use std::cell::RefCell;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::AtomicU64 as Counter;

pub(crate) mod thread_local;

pub(crate) use std::sync::atomic::Ordering;
pub(crate) use std::sync::{Arc, OnceLock};
use thread_local::run;
pub(crate) use thread_local::thread_local;

use loom::sync::atomic::{AtomicUsize as Word, fence};

/// The number of the execution that is under way.
static EXECUTION: Counter = Counter::new(0);

fn execution() -> u64 {
    EXECUTION.load(Ordering::Relaxed)
}

std::thread_local! {
    /// Words that were zero before any thread of this execution began.
    static WORDS: RefCell<Vec<Arc<Word>>> = const { RefCell::new(Vec::new()) };
    static ADDRESSES: RefCell<Vec<std::sync::Weak<dyn std::any::Any + Send + Sync>>> =
        const { RefCell::new(Vec::new()) };
}

/// Keeps the address of `value` from being used again in this execution.
pub(crate) fn keep_address<T: Send + Sync + 'static>(value: Option<&Arc<T>>) {
    if let Some(value) = value {
        let value: std::sync::Weak<T> = Arc::downgrade(value);
        ADDRESSES.with_borrow_mut(|addresses| addresses.push(value));
    }
}

/// How many primitives an execution may use.
const MOST_WORDS: usize = 160;

/// Begins an execution, on its first thread.
fn begin() {
    EXECUTION.fetch_add(1, Ordering::Relaxed);
    let words = (0..MOST_WORDS).map(|_| Arc::new(Word::new(0))).collect();
    WORDS.set(words);
    thread_local::forget();
    ADDRESSES.take();
}

/// What is made anew in each execution.
struct Anew<T>(std::sync::Mutex<Option<(u64, T)>>);

impl<T: Clone> Anew<T> {
    const fn new() -> Self {
        Self(std::sync::Mutex::new(None))
    }

    fn get(&self, make: impl FnOnce() -> T) -> T {
        let mut held = self.0.lock().expect("nothing panics with this lock held");
        match &*held {
            Some((of, value)) if *of == execution() => value.clone(),
            _ => {
                let value = make();
                *held = Some((execution(), value.clone()));
                value
            }
        }
    }
}

/// An atomic number: the difference to what it began with is in a word.
struct Number(Anew<Arc<Word>>);

impl Number {
    const fn new() -> Self {
        Self(Anew::new())
    }

    fn word(&self) -> Arc<Word> {
        let free = || WORDS.with_borrow_mut(Vec::pop);
        self.0
            .get(|| free().expect("an execution uses fewer primitives"))
    }

    fn load(&self, ordering: Ordering) -> usize {
        match ordering {
            Ordering::SeqCst => {
                fence(Ordering::SeqCst);
                self.word().load(Ordering::Acquire)
            }
            ordering => self.word().load(ordering),
        }
    }

    fn store(&self, value: usize, ordering: Ordering) {
        match ordering {
            Ordering::SeqCst => {
                self.word().store(value, Ordering::Release);
                fence(Ordering::SeqCst);
            }
            ordering => self.word().store(value, ordering),
        }
    }

    fn change<R>(&self, ordering: Ordering, change: impl FnOnce(&Word, Ordering) -> R) -> R {
        match ordering {
            Ordering::SeqCst => {
                fence(Ordering::SeqCst);
                let before = change(&self.word(), Ordering::AcqRel);
                fence(Ordering::SeqCst);
                before
            }
            ordering => change(&self.word(), ordering),
        }
    }
}

macro_rules! atomics {
    ($($name:ident $T:ty;)*) => { $(
        pub(crate) struct $name {
            first: $T,
            number: Number,
        }

        #[expect(clippy::allow_attributes, reason = "not every method is used of every type")]
        #[allow(
            dead_code,
            clippy::cast_possible_truncation,
            clippy::cast_lossless,
            reason = "one text for all types"
        )]
        impl $name {
            pub(crate) const fn new(first: $T) -> Self {
                Self { first, number: Number::new() }
            }

            fn to(&self, value: $T) -> usize {
                (value as usize).wrapping_sub(self.first as usize)
            }

            fn of(&self, word: usize) -> $T {
                word.wrapping_add(self.first as usize) as $T
            }

            pub(crate) fn load(&self, ordering: Ordering) -> $T {
                self.of(self.number.load(ordering))
            }

            pub(crate) fn store(&self, value: $T, ordering: Ordering) {
                self.number.store(self.to(value), ordering);
            }

            pub(crate) fn fetch_add(&self, value: $T, ordering: Ordering) -> $T {
                let add = |word: &Word, ordering| word.fetch_add(value as usize, ordering);
                self.of(self.number.change(ordering, add))
            }

            pub(crate) fn fetch_sub(&self, value: $T, ordering: Ordering) -> $T {
                let sub = |word: &Word, ordering| word.fetch_sub(value as usize, ordering);
                self.of(self.number.change(ordering, sub))
            }

            pub(crate) fn compare_exchange(
                &self,
                current: $T,
                new: $T,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$T, $T> {
                let (current, new) = (self.to(current), self.to(new));
                let outcome = self.number.word().compare_exchange(current, new, success, failure);
                outcome.map(|word| self.of(word)).map_err(|word| self.of(word))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($name))
            }
        }
    )* };
}

atomics! {
    AtomicU8 u8;
    AtomicU64 u64;
    AtomicUsize usize;
}

#[derive(Debug)]
pub(crate) struct AtomicBool(AtomicUsize);

impl AtomicBool {
    pub(crate) const fn new(first: bool) -> Self {
        Self(AtomicUsize::new(first as usize))
    }

    pub(crate) fn load(&self, ordering: Ordering) -> bool {
        self.0.load(ordering) != 0
    }

    pub(crate) fn store(&self, value: bool, ordering: Ordering) {
        self.0.store(value.into(), ordering);
    }

    pub(crate) fn swap(&self, value: bool, ordering: Ordering) -> bool {
        let number = &self.0.number;
        let to = self.0.to(value.into());
        let before = number.change(ordering, |word, ordering| word.swap(to, ordering));
        self.0.of(before) != 0
    }

    pub(crate) fn compare_exchange(
        &self,
        current: bool,
        new: bool,
        success: Ordering,
        failure: Ordering,
    ) -> Result<bool, bool> {
        let outcome = self
            .0
            .compare_exchange(current.into(), new.into(), success, failure);
        outcome.map(|word| word != 0).map_err(|word| word != 0)
    }
}

/// Begins as null.
pub(crate) struct AtomicPtr<T> {
    address: Number,
    pointer: PhantomData<std::sync::atomic::AtomicPtr<T>>,
}

impl<T> AtomicPtr<T> {
    pub(crate) const fn new(first: *mut T) -> Self {
        assert!(first.is_null(), "only null is zero");
        Self {
            address: Number::new(),
            pointer: PhantomData,
        }
    }

    pub(crate) fn load(&self, ordering: Ordering) -> *mut T {
        std::ptr::with_exposed_provenance_mut(self.address.load(ordering))
    }

    pub(crate) fn store(&self, value: *mut T, ordering: Ordering) {
        self.address.store(value.expose_provenance(), ordering);
    }

    pub(crate) fn swap(&self, value: *mut T, ordering: Ordering) -> *mut T {
        let value = value.expose_provenance();
        let before = self
            .address
            .change(ordering, |word, ordering| word.swap(value, ordering));
        std::ptr::with_exposed_provenance_mut(before)
    }
}

impl<T> fmt::Debug for AtomicPtr<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AtomicPtr")
    }
}

/// A mutex. What a static one holds must be as at first when an execution ends.
pub(crate) struct Mutex<T> {
    gate: Anew<&'static loom::sync::Mutex<()>>,
    value: std::sync::Mutex<T>,
}

#[derive(Debug)]
pub(crate) struct MutexGuard<'a, T> {
    // In this order: who waits at the gate finds the value free.
    value: std::sync::MutexGuard<'a, T>,
    _gate: loom::sync::MutexGuard<'static, ()>,
}

impl<T> Mutex<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self {
            gate: Anew::new(),
            value: std::sync::Mutex::new(value),
        }
    }

    pub(crate) fn into_inner(self) -> T {
        self.value.into_inner().expect("no model panics")
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        let gate = self
            .gate
            .get(|| Box::leak(Box::new(loom::sync::Mutex::new(()))));
        let gate = gate.lock().expect("no model panics");
        MutexGuard {
            value: self.value.lock().expect("no model panics"),
            _gate: gate,
        }
    }
}

impl<T: Default> Default for Mutex<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mutex")
    }
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

/// Stands for what was done once before any execution: the panic hook is left as it is.
pub(crate) struct Once;

impl Once {
    pub(crate) const fn new() -> Self {
        Self
    }

    #[expect(clippy::unused_self, reason = "as the standard library's")]
    pub(crate) const fn is_completed(&self) -> bool {
        true
    }

    #[expect(clippy::unused_self, reason = "as the standard library's")]
    pub(crate) fn call_once(&self, _: impl FnOnce()) {
        unreachable!("it is completed")
    }
}

/// As `once_cell`'s.
pub(crate) struct OnceRef<'a, T> {
    is_set: AtomicUsize,
    value: Anew<&'a T>,
}

impl<'a, T> OnceRef<'a, T> {
    pub(crate) const fn new() -> Self {
        Self {
            is_set: AtomicUsize::new(0),
            value: Anew::new(),
        }
    }

    pub(crate) fn get(&self) -> Option<&'a T> {
        let is_set = self.is_set.load(Ordering::Acquire) != 0;
        is_set.then(|| self.value.get(|| unreachable!("it is set")))
    }

    pub(crate) fn set(&self, value: &'a T) -> Result<(), ()> {
        let (success, failure) = (Ordering::AcqRel, Ordering::Acquire);
        let outcome = self.is_set.compare_exchange(0, 1, success, failure);
        // No other thread runs before the next access to a word.
        outcome.map_err(drop)?;
        let _ = self.value.get(|| value);
        Ok(())
    }
}

/// As `once_cell`'s; what is in it is never dropped.
pub(crate) struct OnceBox<T: 'static>(OnceRef<'static, T>);

impl<T> OnceBox<T> {
    pub(crate) const fn new() -> Self {
        Self(OnceRef::new())
    }

    pub(crate) fn get(&self) -> Option<&'static T> {
        self.0.get()
    }

    pub(crate) fn get_or_init(&self, make: impl FnOnce() -> Box<T>) -> &'static T {
        self.get().unwrap_or_else(|| {
            let _ = self.0.set(Box::leak(make()));
            self.get().expect("it is set")
        })
    }
}

/// A thread of a model.
pub(crate) fn spawn(thread: usize, body: impl FnOnce() + 'static) -> loom::thread::JoinHandle<()> {
    loom::thread::spawn(move || run(thread, body))
}

/// Runs `model` in every order of its threads' steps, and prints how many there were.
///
/// `EVENT_MODEL_PREEMPTIONS` bounds how often a thread is interrupted in one order (3), and
/// `EVENT_MODEL_SECONDS` how long orders are tried (no limit).
pub(crate) fn check(name: &str, model: impl Fn() + Send + Sync + 'static) {
    static TURN: std::sync::Mutex<()> = std::sync::Mutex::new(()); // the statics are the same
    let _turn = TURN.lock();
    let number = |name| std::env::var(name).ok()?.parse::<u64>().ok();
    let before = execution();
    let begun = std::time::Instant::now();
    let mut builder = loom::model::Builder::new();
    builder.max_branches = 20_000;
    let preemptions = number("EVENT_MODEL_PREEMPTIONS").unwrap_or(3);
    builder.preemption_bound = usize::try_from(preemptions).ok();
    builder.checkpoint_interval = 100;
    builder.max_duration = number("EVENT_MODEL_SECONDS").map(std::time::Duration::from_secs);
    builder.check(move || {
        begin();
        run(0, &model);
    });
    let (executions, seconds) = (execution() - before, begun.elapsed().as_secs_f32());
    println!("{name}: {executions} interleavings, {preemptions} preemptions, {seconds:.1} s");
}
