//! A lock gives access to one thread at a time, each sees the changes of the one before, and no
//! thread waits in vain.

use crate::lock::Lock;
use crate::sync::{Arc, AtomicUsize, Ordering, check, spawn};

/// Adds one to a number that only the lock protects: a lost or stale access would lose an addition.
fn add_one(lock: &Lock<AtomicUsize>) {
    let number = lock.lock();
    let before = number.load(Ordering::Relaxed);
    number.store(before + 1, Ordering::Relaxed);
}

#[test]
fn additions_of_three_threads_are_all_counted() {
    check("lock: three threads", || {
        let lock = Arc::new(Lock::new(AtomicUsize::new(0)));
        let others = [1, 2].map(|thread| {
            let lock = Arc::clone(&lock);
            spawn(thread, move || add_one(&lock))
        });
        add_one(&lock);
        for other in others {
            other.join().unwrap();
        }
        assert_eq!(lock.lock().load(Ordering::Relaxed), 3);
    });
}

#[test]
fn a_lock_that_is_tried_is_locked_or_held() {
    check("lock: try", || {
        let lock = Arc::new(Lock::new(AtomicUsize::new(0)));
        let tries = Arc::new(AtomicUsize::new(0));
        let (other_lock, other_tries) = (Arc::clone(&lock), Arc::clone(&tries));
        let other = spawn(1, move || {
            if let Some(number) = other_lock.try_lock() {
                let before = number.load(Ordering::Relaxed);
                number.store(before + 1, Ordering::Relaxed);
                other_tries.store(1, Ordering::Relaxed);
            }
        });
        add_one(&lock);
        other.join().unwrap();
        let tries = tries.load(Ordering::Relaxed);
        assert_eq!(lock.lock().load(Ordering::Relaxed), 1 + tries);
    });
}
