//! The primitives for models that loom checks (`--cfg event_loom`).
//!
//! Loom explores a model in many executions. Its own atomics cannot be created in a `const`, and
//! are valid in one execution only. The atomics of this module can be created in a `const`. They
//! have their initial value at the start of each execution, so loom can check the crate's statics
//! unchanged.
//!
//! Loom treats a `SeqCst` access as `AcqRel`. Therefore a `SeqCst` store is followed by a `SeqCst`
//! fence here, a `SeqCst` load follows one, and a `SeqCst` read-modify-write has one on either
//! side.
#![cfg_attr(not(test), expect(dead_code, reason = "the models are tests"))]

use std::cell::RefCell;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::AtomicU64 as Counter;

pub(crate) mod thread_local;

pub(crate) use std::sync::atomic::{AtomicU64 as ClockU64, Ordering};
pub(crate) use std::sync::{Arc, OnceLock};
use thread_local::run;
pub(crate) use thread_local::thread_local;

use loom::sync::atomic::{AtomicUsize as Word, fence};

/// The number of the current execution.
static EXECUTION: Counter = Counter::new(0);

fn execution() -> u64 {
    EXECUTION.load(Ordering::Relaxed)
}

std::thread_local! {
    /// Unused words. They were created before the threads of this execution, so all threads see
    /// zero.
    static WORDS: RefCell<Vec<Arc<Word>>> = const { RefCell::new(Vec::new()) };
    /// The values whose addresses are not reused in this execution.
    static ADDRESSES: RefCell<Vec<std::sync::Weak<dyn std::any::Any + Send + Sync>>> =
        const { RefCell::new(Vec::new()) };
}

/// Prevents the allocator from reusing the address of `value` in this execution.
pub(crate) fn keep_address<T: Send + Sync + 'static>(value: Option<&Arc<T>>) {
    if let Some(value) = value {
        let value: std::sync::Weak<T> = Arc::downgrade(value);
        ADDRESSES.with_borrow_mut(|addresses| addresses.push(value));
    }
}

/// The maximum number of atomics that an execution may use.
const MAX_WORDS: usize = 160;

/// Begins an execution. Call on its first thread.
fn begin_execution() {
    EXECUTION.fetch_add(1, Ordering::Relaxed);
    let words = (0..MAX_WORDS).map(|_| Arc::new(Word::new(0))).collect();
    WORDS.set(words);
    thread_local::clear();
    ADDRESSES.take();
}

/// A value that each execution creates at its first access.
struct PerExecution<T>(std::sync::Mutex<Option<(u64, T)>>);

impl<T: Clone> PerExecution<T> {
    const fn new() -> Self {
        Self(std::sync::Mutex::new(None))
    }

    fn get(&self, create: impl FnOnce() -> T) -> T {
        let mut stored = self
            .0
            .lock()
            .expect("no code panics while it holds this lock");
        match &*stored {
            Some((created_in, value)) if *created_in == execution() => value.clone(),
            _ => {
                let value = create();
                *stored = Some((execution(), value.clone()));
                value
            }
        }
    }
}

/// An atomic number. Its word has the difference to the initial value, so that zero is the initial
/// value.
struct Number(PerExecution<Arc<Word>>);

impl Number {
    const fn new() -> Self {
        Self(PerExecution::new())
    }

    fn word(&self) -> Arc<Word> {
        let unused = || WORDS.with_borrow_mut(Vec::pop);
        self.0
            .get(|| unused().expect("an execution uses at most `MAX_WORDS` atomics"))
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
            initial: $T,
            number: Number,
        }

        #[expect(clippy::allow_attributes, reason = "some types do not use every method")]
        #[allow(
            dead_code,
            clippy::cast_possible_truncation,
            clippy::cast_lossless,
            reason = "the same code serves all types"
        )]
        impl $name {
            pub(crate) const fn new(initial: $T) -> Self {
                Self { initial, number: Number::new() }
            }

            fn encode(&self, value: $T) -> usize {
                (value as usize).wrapping_sub(self.initial as usize)
            }

            fn decode(&self, word: usize) -> $T {
                word.wrapping_add(self.initial as usize) as $T
            }

            pub(crate) fn load(&self, ordering: Ordering) -> $T {
                self.decode(self.number.load(ordering))
            }

            pub(crate) fn store(&self, value: $T, ordering: Ordering) {
                self.number.store(self.encode(value), ordering);
            }

            pub(crate) fn swap(&self, value: $T, ordering: Ordering) -> $T {
                let value = self.encode(value);
                let swap = |word: &Word, ordering| word.swap(value, ordering);
                self.decode(self.number.change(ordering, swap))
            }

            pub(crate) fn fetch_add(&self, value: $T, ordering: Ordering) -> $T {
                let add = |word: &Word, ordering| word.fetch_add(value as usize, ordering);
                self.decode(self.number.change(ordering, add))
            }

            pub(crate) fn fetch_sub(&self, value: $T, ordering: Ordering) -> $T {
                let sub = |word: &Word, ordering| word.fetch_sub(value as usize, ordering);
                self.decode(self.number.change(ordering, sub))
            }

            pub(crate) fn compare_exchange(
                &self,
                current: $T,
                new: $T,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$T, $T> {
                let current = self.encode(current);
                let new = self.encode(new);
                let outcome = self.number.word().compare_exchange(current, new, success, failure);
                outcome.map(|word| self.decode(word)).map_err(|word| self.decode(word))
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
    pub(crate) const fn new(initial: bool) -> Self {
        Self(AtomicUsize::new(initial as usize))
    }

    pub(crate) fn load(&self, ordering: Ordering) -> bool {
        self.0.load(ordering) != 0
    }

    pub(crate) fn store(&self, value: bool, ordering: Ordering) {
        self.0.store(value.into(), ordering);
    }

    pub(crate) fn swap(&self, value: bool, ordering: Ordering) -> bool {
        self.0.swap(value.into(), ordering) != 0
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

/// An atomic pointer that is initially null.
pub(crate) struct AtomicPtr<T> {
    address: Number,
    pointer: PhantomData<std::sync::atomic::AtomicPtr<T>>,
}

impl<T> AtomicPtr<T> {
    pub(crate) const fn new(initial: *mut T) -> Self {
        assert!(initial.is_null(), "the initial pointer must be null");
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

/// A mutex. The value of a static mutex is not reset: each execution must leave it as it found it.
pub(crate) struct Mutex<T> {
    gate: PerExecution<&'static loom::sync::Mutex<()>>,
    value: std::sync::Mutex<T>,
}

#[derive(Debug)]
pub(crate) struct MutexGuard<'a, T> {
    // Dropped first, so that the thread that gets the gate next does not block on the value.
    value: std::sync::MutexGuard<'a, T>,
    _gate: loom::sync::MutexGuard<'static, ()>,
}

impl<T> Mutex<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self {
            gate: PerExecution::new(),
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

/// The threads that wait for a condition that no lock protects.
pub(crate) struct Parking(PerExecution<&'static (loom::sync::Mutex<()>, loom::sync::Condvar)>);

impl Parking {
    pub(crate) const fn new() -> Self {
        Self(PerExecution::new())
    }

    fn parts(&self) -> &'static (loom::sync::Mutex<()>, loom::sync::Condvar) {
        self.0.get(|| Box::leak(Box::default()))
    }

    pub(crate) fn wait_until(&self, mut condition: impl FnMut() -> bool) {
        let (mutex, changed) = self.parts();
        let mut guard = mutex.lock().expect("no model panics");
        while !condition() {
            guard = changed.wait(guard).expect("no model panics");
        }
    }

    pub(crate) fn wake_one(&self) {
        let (mutex, changed) = self.parts();
        drop(mutex.lock());
        changed.notify_one();
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

/// A `Once` that is already completed: models do not install the panic hook.
pub(crate) struct Once;

impl Once {
    pub(crate) const fn new() -> Self {
        Self
    }

    #[expect(clippy::unused_self, reason = "the signature of the standard library")]
    pub(crate) const fn is_completed(&self) -> bool {
        true
    }

    #[expect(clippy::unused_self, reason = "the signature of the standard library")]
    pub(crate) fn call_once(&self, _: impl FnOnce()) {
        unreachable!("the `Once` is already completed")
    }
}

/// Replaces `once_cell::race::OnceRef`.
pub(crate) struct OnceRef<'a, T> {
    is_set: AtomicUsize,
    value: PerExecution<&'a T>,
}

impl<'a, T> OnceRef<'a, T> {
    pub(crate) const fn new() -> Self {
        Self {
            is_set: AtomicUsize::new(0),
            value: PerExecution::new(),
        }
    }

    pub(crate) fn get(&self) -> Option<&'a T> {
        let is_set = self.is_set.load(Ordering::Acquire) != 0;
        is_set.then(|| self.value.get(|| unreachable!("`set` stored the value")))
    }

    pub(crate) fn set(&self, value: &'a T) -> Result<(), ()> {
        let outcome = self
            .is_set
            .compare_exchange(0, 1, Ordering::AcqRel, Ordering::Acquire);
        // Loom switches threads only at its own operations, so no other thread runs in between.
        outcome.map_err(drop)?;
        let _ = self.value.get(|| value);
        Ok(())
    }
}

/// Replaces `once_cell::race::OnceBox`. It leaks its value.
pub(crate) struct OnceBox<T: 'static>(OnceRef<'static, T>);

impl<T> OnceBox<T> {
    pub(crate) const fn new() -> Self {
        Self(OnceRef::new())
    }

    pub(crate) fn get(&self) -> Option<&'static T> {
        self.0.get()
    }

    pub(crate) fn get_or_init(&self, create: impl FnOnce() -> Box<T>) -> &'static T {
        self.get().unwrap_or_else(|| {
            let _ = self.0.set(Box::leak(create()));
            self.get()
                .expect("this thread or another one has set the value")
        })
    }
}

/// Spawns a thread of a model. Each thread of a model has its own number; the first thread has
/// zero.
pub(crate) fn spawn(thread: usize, body: impl FnOnce() + 'static) -> loom::thread::JoinHandle<()> {
    loom::thread::spawn(move || run(thread, body))
}

/// Runs `model` in every interleaving of its threads, and prints the number of interleavings.
///
/// `EVENT_MODEL_PREEMPTIONS` limits the preemptions in one interleaving (default 3).
/// `EVENT_MODEL_SECONDS` limits the time (default unlimited).
pub(crate) fn check(name: &str, model: impl Fn() + Send + Sync + 'static) {
    // One model at a time, because all models use the same statics.
    static RUNNING: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _running = RUNNING.lock();
    let number = |name| std::env::var(name).ok()?.parse::<u64>().ok();
    let before = execution();
    let started = std::time::Instant::now();
    let mut builder = loom::model::Builder::new();
    builder.max_branches = 20_000;
    let preemptions = number("EVENT_MODEL_PREEMPTIONS").unwrap_or(3);
    builder.preemption_bound = usize::try_from(preemptions).ok();
    builder.checkpoint_interval = 100;
    builder.max_duration = number("EVENT_MODEL_SECONDS").map(std::time::Duration::from_secs);
    builder.check(move || {
        begin_execution();
        run(0, &model);
    });
    let executions = execution() - before;
    let seconds = started.elapsed().as_secs_f32();
    println!("{name}: {executions} interleavings, {preemptions} preemptions, {seconds:.1} s");
}
