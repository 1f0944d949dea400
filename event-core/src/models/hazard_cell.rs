//! A value is alive while it is read, and dropped once, after its last read.

use std::collections::BTreeSet;
use std::sync::Mutex;

use crate::hazard_cell::{HazardCell, drop_retired};
use crate::sync::{Arc, Ordering, check, spawn};

/// The values that are alive, by address, and how many have been dropped.
struct Alive(Mutex<(BTreeSet<usize>, usize)>);

struct Value {
    alive: Arc<Alive>,
    number: usize,
    /// Lets loom detect a read that is not ordered before the drop.
    content: loom::sync::atomic::AtomicUsize,
}

impl Alive {
    fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::default()))
    }

    fn value(self: &Arc<Self>, number: usize) -> Arc<Value> {
        let value = Arc::new(Value {
            alive: Arc::clone(self),
            number,
            content: loom::sync::atomic::AtomicUsize::new(0),
        });
        let is_new = self.0.lock().unwrap().0.insert(Arc::as_ptr(&value).addr());
        assert!(is_new);
        value
    }

    /// Fails if the value is dropped, without reading memory that may be freed.
    fn check(&self, value: &Value) {
        let address = std::ptr::from_ref(value).addr();
        assert!(self.0.lock().unwrap().0.contains(&address), "it is dropped");
        value.content.load(Ordering::Relaxed);
    }

    fn dropped(&self) -> usize {
        self.0.lock().unwrap().1
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        self.content.with_mut(|_| ());
        let mut alive = self.alive.0.lock().unwrap();
        assert!(
            alive.0.remove(&std::ptr::from_ref(self).addr()),
            "dropped twice"
        );
        alive.1 += 1;
    }
}

type Shared = &'static HazardCell<Value>;

fn shared() -> Shared {
    Box::leak(Box::new(HazardCell::empty()))
}

/// Reads as a call does: in the usual way, or else in the one that always works.
fn read(shared: Shared, alive: &Alive) -> Option<usize> {
    let check = |value: &Value| {
        alive.check(value);
        loom::thread::yield_now();
        alive.check(value);
        value.number
    };
    let outermost = shared.read_outermost(|value, _| check(value));
    outermost.or_else(|| shared.read(|value, _| check(value)))
}

/// Ends a model: empties the cell and asserts that all `made` values are dropped.
fn end(shared: Shared, alive: &Alive, made: usize) {
    drop(shared.replace(None));
    drop_retired();
    assert_eq!(alive.dropped(), made);
}

#[test]
fn read_value_outlives_its_replacement() {
    check("hazard cell: a reader, a writer", || {
        let shared = shared();
        let alive = Alive::new();
        drop(shared.replace(Some(alive.value(1))));
        let reader = spawn(1, {
            let alive = Arc::clone(&alive);
            move || {
                let first = read(shared, &alive);
                let second = read(shared, &alive);
                assert!(first <= second || second.is_none());
            }
        });
        drop(shared.replace(Some(alive.value(2))));
        drop(shared.replace(None));
        reader.join().unwrap();
        end(shared, &alive, 2);
    });
}

#[test]
fn two_readers_may_hold_the_same_value() {
    check("hazard cell: two readers, a writer", || {
        let shared = shared();
        let alive = Alive::new();
        drop(shared.replace(Some(alive.value(1))));
        let readers = [1, 2].map(|thread| {
            let alive = Arc::clone(&alive);
            spawn(thread, move || {
                read(shared, &alive);
            })
        });
        drop(shared.replace(Some(alive.value(2))));
        for reader in readers {
            reader.join().unwrap();
        }
        end(shared, &alive, 2);
    });
}

#[test]
fn nested_reads_use_separate_slots() {
    check("hazard cell: nested reads, a writer", || {
        let shared = shared();
        let alive = Alive::new();
        drop(shared.replace(Some(alive.value(1))));
        let reader = spawn(1, {
            let alive = Arc::clone(&alive);
            move || {
                shared.read(|value, _| {
                    read(shared, &alive);
                    alive.check(value);
                });
            }
        });
        drop(shared.replace(Some(alive.value(2))));
        reader.join().unwrap();
        end(shared, &alive, 2);
    });
}

#[test]
fn value_can_be_replaced_by_its_reader() {
    check("hazard cell: a writer within a read", || {
        let shared = shared();
        let alive = Alive::new();
        drop(shared.replace(Some(alive.value(1))));
        let writer = spawn(1, {
            let alive = Arc::clone(&alive);
            move || drop(shared.replace(Some(alive.value(2))))
        });
        shared.read(|value, _| {
            drop(shared.replace(Some(alive.value(3))));
            alive.check(value);
        });
        writer.join().unwrap();
        end(shared, &alive, 3);
    });
}

#[test]
fn two_writers_take_turns() {
    check("hazard cell: two writers, a reader that shares", || {
        let shared = shared();
        let alive = Alive::new();
        drop(shared.replace(Some(alive.value(1))));
        let writers = [1, 2].map(|thread| {
            let alive = Arc::clone(&alive);
            spawn(thread, move || {
                drop(shared.replace(Some(alive.value(thread + 1))));
            })
        });
        let kept = shared.get().unwrap();
        read(shared, &alive);
        for writer in writers {
            writer.join().unwrap();
        }
        alive.check(&kept);
        drop(kept);
        end(shared, &alive, 3);
    });
}

#[test]
fn exiting_thread_can_read_and_its_slots_are_reused() {
    struct AtEnd(Shared, Arc<Alive>);
    impl Drop for AtEnd {
        fn drop(&mut self) {
            read(self.0, &self.1);
        }
    }
    crate::sync::thread_local! {
        static AT_END: std::cell::RefCell<Option<AtEnd>> = std::cell::RefCell::new(None);
    }
    check("hazard cell: reads at the end of a thread", || {
        let shared = shared();
        let alive = Alive::new();
        drop(shared.replace(Some(alive.value(1))));
        let reader = |thread| {
            let alive = Arc::clone(&alive);
            spawn(thread, move || {
                // Initialized first, and so dropped after the slots are released.
                AT_END.with(|at_end| at_end.replace(Some(AtEnd(shared, Arc::clone(&alive)))));
                read(shared, &alive);
            })
        };
        let first = reader(1);
        drop(shared.replace(Some(alive.value(2))));
        first.join().unwrap();
        let second = reader(2);
        drop(shared.replace(None));
        second.join().unwrap();
        end(shared, &alive, 2);
    });
}
