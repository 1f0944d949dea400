//! A mutex for the short critical sections of listeners.
//!
//! It never reports that an earlier owner panicked. `std::sync::Mutex` does, and for that it reads
//! the number of panics whenever it is locked and unlocked. Locking and unlocking this mutex takes
//! 15 instructions less. A listener does so two or three times for a call, and most listeners add
//! 150 to 450 instructions to it in total (`cargo run --release -p benches -- profile NAME`).
//!
//! # Safety argument
//!
//! Claim: while a [`LockGuard`] exists, no other guard of its lock exists.
//!
//! `state` is [`FREE`] if and only if no guard exists. A guard is created only after one atomic
//! operation has changed the state from `FREE` to another value: the exchange in
//! [`Lock::try_lock`], or the swap in [`Lock::lock_contended`]. Both are `Acquire`. Only the `Drop`
//! of the guard stores `FREE`, by a `Release` swap. So each owner sees the changes of the one
//! before.
//!
//! No thread waits in vain. A thread that waits has stored [`WAITED`] while it held the mutex of
//! `parking`, and had seen another value than `FREE`. The owner's swap then returns `WAITED`, and
//! the owner wakes a thread. It takes the mutex of `parking` first, so the waiting thread does wait
//! by then. The thread that is woken stores `WAITED` again, and so wakes the next one when it
//! unlocks.

#![expect(unsafe_code, reason = "`std::sync::Mutex` costs more, see above")]

use std::cell::UnsafeCell;
use std::fmt;
use std::hint::spin_loop;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::panic::{RefUnwindSafe, UnwindSafe};

use crate::sync::{AtomicUsize, Ordering, Parking};

const FREE: usize = 0;
const HELD: usize = 1;
/// Held, and threads may wait.
const WAITED: usize = 2;

/// How often a thread looks at a lock that is held, before it waits in the kernel.
const SPINS: u32 = if cfg!(event_loom) { 0 } else { 100 };

/// A value that one thread at a time accesses.
pub struct Lock<T> {
    state: AtomicUsize,
    parking: Parking,
    value: UnsafeCell<T>,
}

// SAFETY: a shared `Lock` gives access to its value only through a guard, and one guard at a time
// exists (see above). So it moves access to the value between threads, which `Send` allows.
unsafe impl<T: Send> Sync for Lock<T> {}

// As for `std::sync::Mutex`. A critical section that panics leaves a value that can be used.
impl<T> UnwindSafe for Lock<T> {}
impl<T> RefUnwindSafe for Lock<T> {}

/// Access to the value of a [`Lock`], until it is dropped.
#[must_use]
pub struct LockGuard<'a, T> {
    lock: &'a Lock<T>,
    /// The guard may be shared or sent to another thread as the reference may.
    borrow: PhantomData<&'a mut T>,
}

impl<T> Lock<T> {
    /// Returns a lock that is free.
    pub const fn new(value: T) -> Self {
        Self {
            state: AtomicUsize::new(FREE),
            parking: Parking::new(),
            value: UnsafeCell::new(value),
        }
    }

    /// Waits until the lock is free, and locks it.
    #[inline]
    pub fn lock(&self) -> LockGuard<'_, T> {
        match self.try_lock() {
            Some(guard) => guard,
            None => self.lock_contended(),
        }
    }

    /// Locks the lock if it is free.
    #[inline]
    pub fn try_lock(&self) -> Option<LockGuard<'_, T>> {
        let locked = self
            .state
            .compare_exchange(FREE, HELD, Ordering::Acquire, Ordering::Relaxed);
        match locked {
            Ok(_) => Some(self.guard()),
            Err(_) => None,
        }
    }

    #[cold]
    #[inline(never)]
    fn lock_contended(&self) -> LockGuard<'_, T> {
        for _ in 0..SPINS {
            // Relaxed: `try_lock` looks again.
            if self.state.load(Ordering::Relaxed) == FREE {
                if let Some(guard) = self.try_lock() {
                    return guard;
                }
            }
            spin_loop();
        }
        self.parking
            .wait_until(|| self.state.swap(WAITED, Ordering::Acquire) == FREE);
        self.guard()
    }

    /// Returns the guard. The caller has locked the lock.
    #[inline]
    const fn guard(&self) -> LockGuard<'_, T> {
        LockGuard {
            lock: self,
            borrow: PhantomData,
        }
    }
}

impl<T> Drop for LockGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if self.lock.state.swap(FREE, Ordering::Release) == WAITED {
            self.lock.parking.wake_one();
        }
    }
}

impl<T> Deref for LockGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: this guard is the only one, and `&self` excludes `deref_mut`.
        unsafe { &*self.lock.value.get() }
    }
}

impl<T> DerefMut for LockGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: this guard is the only one, and `&mut self` excludes other accesses through it.
        unsafe { &mut *self.lock.value.get() }
    }
}

impl<T: Default> Default for Lock<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> fmt::Debug for Lock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lock").finish_non_exhaustive()
    }
}

impl<T: fmt::Debug> fmt::Debug for LockGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::Barrier;
    use std::thread;

    use super::Lock;

    const THREADS: usize = 4;
    const ROUNDS: usize = if cfg!(miri) { 100 } else { 20_000 };

    #[test]
    fn threads_change_the_value_one_after_the_other() {
        let counts = Lock::new((0, 0));
        let barrier = Barrier::new(THREADS);
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    barrier.wait();
                    for round in 0..ROUNDS {
                        let mut counts = counts.lock();
                        counts.0 += 1;
                        if round % 64 == 0 {
                            thread::yield_now(); // so that the others wait
                        }
                        counts.1 += 1;
                        assert_eq!(counts.0, counts.1);
                    }
                });
            }
        });
        assert_eq!(*counts.lock(), (THREADS * ROUNDS, THREADS * ROUNDS));
    }

    #[test]
    fn a_panic_unlocks() {
        let lock = Lock::new(1);
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let mut guard = lock.lock();
            *guard += 1;
            panic!("with the lock held");
        }));
        assert!(panicked.is_err());
        assert_eq!(*lock.lock(), 2);
    }

    #[test]
    fn a_held_lock_is_not_tried() {
        let lock = Lock::new(());
        let guard = lock.lock();
        assert!(lock.try_lock().is_none());
        drop(guard);
        assert!(lock.try_lock().is_some());
    }
}
