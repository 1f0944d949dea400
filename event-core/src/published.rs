//! A value that many threads read without a shared write, and one at a time replaces.
//!
//! Hazard pointers: a reader writes into a slot of its own thread which value it looks at, and
//! whoever replaces a value keeps it for as long as it stands in a slot. This is the crate's only
//! file with `unsafe`: `arc-swap`, which is as safe without it, costs 97 instructions a read, and
//! this 14 (`benches/README.md`).
#![allow(
    unsafe_code,
    reason = "a value is borrowed from behind a pointer that others replace; each block says why \
              it is still there"
)]

use std::any::Any;
use std::cell::Cell;
use std::ptr;

use crate::sync::{Arc, AtomicBool, AtomicPtr, AtomicUsize, Mutex, Ordering};
use crate::thread::Busy;

/// How many reads may go on inside one another on a thread without a lock.
const SLOTS: usize = 8;

/// How often a value that was just replaced is looked for in the slots, before it is left to its
/// readers: one that leaves at this very moment may not know yet that it is waited for.
const PATIENCE: usize = 100;

/// The slots of one thread. There are as many as threads that ever read at the same time.
struct Slots {
    reads: [AtomicPtr<()>; SLOTS],
    is_owned: AtomicBool,
    next: Option<&'static Self>,
}

struct Here {
    slots: Cell<Option<&'static Slots>>,
    /// How many of them are in use.
    depth: Cell<usize>,
}

thread_local! {
    static HERE: Here = const { Here { slots: Cell::new(None), depth: Cell::new(0) } };
    // Has a destructor: after it, reads of this thread take a lock.
    static OWNED: Owned = Owned::take();
}

/// All slots, the latest first. Only grows.
static ALL: AtomicPtr<Slots> = AtomicPtr::new(ptr::null_mut());

/// What was replaced while somebody looked at it.
static RETIRED: Mutex<Vec<Retired>> = Mutex::new(Vec::new());

/// How many there are in `RETIRED`.
static WAITING: AtomicUsize = AtomicUsize::new(0);

type Retired = Arc<dyn Any + Send + Sync>;

/// Slots that go back when their thread ends.
struct Owned(&'static Slots);

impl Owned {
    fn take() -> Self {
        let free = all().find(|slots| {
            // Acquire, with the Release in `drop`: the reads of the thread before are over.
            let (success, failure) = (Ordering::Acquire, Ordering::Relaxed);
            let taken = slots
                .is_owned
                .compare_exchange(false, true, success, failure);
            taken.is_ok()
        });
        Self(free.unwrap_or_else(Self::add))
    }

    fn add() -> &'static Slots {
        // One at a time, so that none is lost.
        let _lock = RETIRED.lock();
        let slots = Box::leak(Box::new(Slots {
            reads: [const { AtomicPtr::new(ptr::null_mut()) }; SLOTS],
            is_owned: AtomicBool::new(true),
            next: all().next(),
        }));
        // SeqCst: it comes before what is stored in the slots, and so before a look for that.
        ALL.store(slots, Ordering::SeqCst);
        slots
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        HERE.with(|here| here.slots.set(None));
        self.0.is_owned.store(false, Ordering::Release);
    }
}

fn all() -> impl Iterator<Item = &'static Slots> {
    let first = ALL.load(Ordering::SeqCst);
    // SAFETY: it is null or was stored by `Owned::add`, which stores leaked boxes; they are never
    // freed, and nobody has a unique reference to one.
    let first = unsafe { first.as_ref() };
    std::iter::successors(first, |slots| slots.next)
}

/// Says whether a reader looks at the value at `address`.
fn is_read(address: *const ()) -> bool {
    // SeqCst: see `Published::read`.
    all().any(|slots| slots.hold(address, Ordering::SeqCst))
}

impl Slots {
    fn hold(&self, address: *const (), ordering: Ordering) -> bool {
        self.reads
            .iter()
            .any(|read| ptr::eq(read.load(ordering), address))
    }
}

/// Drops what nobody looks at any more.
#[cold]
#[inline(never)]
fn drop_unread() {
    let unread: Vec<Retired> = {
        let _busy = Busy::enter();
        let mut retired = RETIRED.lock();
        let (read, unread) = std::mem::take(&mut *retired)
            .into_iter()
            .partition(|value| is_read(Arc::as_ptr(value).cast()));
        *retired = read;
        WAITING.store(retired.len(), Ordering::SeqCst);
        unread
    };
    drop(unread); // outside the lock: a listener's `Drop` may do anything
}

/// A value, or none.
pub(crate) struct Published<T: Send + Sync + 'static> {
    /// Null, or of an `Arc` whose count includes this.
    current: AtomicPtr<T>,
}

impl<T: Send + Sync + 'static> Published<T> {
    pub(crate) const fn empty() -> Self {
        Self {
            current: AtomicPtr::new(ptr::null_mut()),
        }
    }

    /// Calls `read` with what is published; the value stays alive until `read` returns.
    #[inline]
    pub(crate) fn read<R>(&self, read: impl FnOnce(Option<&T>) -> R) -> R {
        // Relaxed: it is only compared.
        let mut seen = self.current.load(Ordering::Relaxed);
        if seen.is_null() {
            return read(None);
        }
        let Some(reading) = Reading::begin() else {
            return read(self.get().as_deref());
        };
        loop {
            // SeqCst, here and in `replace` and `is_read`: of this store and the load behind it, and
            // the swap of whoever replaces the value and its look at the slots, one pair comes first.
            // Either the value is still current here, and whoever replaces it later finds it in the
            // slot; or it is not, and is not used.
            reading.slot.store(seen.cast(), Ordering::SeqCst);
            let current = self.current.load(Ordering::SeqCst);
            if current.is_null() {
                drop(reading);
                return read(None);
            }
            if ptr::eq(current, seen) {
                break;
            }
            seen = current;
        }
        // SAFETY: `seen` was current after it stood in the slot, where it stays until `reading` is
        // dropped, after the borrow. `replace` gives nothing up that stands in a slot, and before that the
        // count of the `Arc` includes `current`.
        read(Some(unsafe { &*seen }))
    }

    /// The published value, shared.
    #[cold]
    pub(crate) fn get(&self) -> Option<Arc<T>> {
        let _busy = Busy::enter();
        let _lock = RETIRED.lock();
        let current = self.current.load(Ordering::SeqCst);
        if current.is_null() {
            return None;
        }
        // SAFETY: it comes from `Arc::into_raw` in `replace`, which takes what it counts for away only with
        // this lock held.
        unsafe {
            Arc::increment_strong_count(current);
            Some(Arc::from_raw(current))
        }
    }

    /// Publishes `value` and returns what it replaced, for the caller to drop outside any lock;
    /// what somebody still looks at is dropped by its last reader instead.
    #[must_use = "dropping it may run a listener's `Drop`: do that outside the lock"]
    pub(crate) fn replace(&self, value: Option<Arc<T>>) -> Option<Arc<T>> {
        let value = value.map_or(ptr::null(), Arc::into_raw);
        let mut retired = RETIRED.lock();
        // SeqCst: see `read`.
        let before = self.current.swap(value.cast_mut(), Ordering::SeqCst);
        if before.is_null() {
            return None;
        }
        // SAFETY: it comes from `Arc::into_raw` above, and what was swapped out is nobody else's.
        let before = unsafe { Arc::from_raw(before.cast_const()) };
        let address = Arc::as_ptr(&before).cast();
        if is_read(address) {
            // From now on, readers that leave look for it.
            WAITING.store(retired.len() + 1, Ordering::SeqCst);
            let is_read_here = HERE.with(|here| {
                let slots = here.slots.get();
                slots.is_some_and(|slots| slots.hold(address, Ordering::Relaxed))
            });
            let is_still_read = |_| {
                std::hint::spin_loop();
                is_read(address)
            };
            if is_read_here || (0..PATIENCE).all(is_still_read) {
                retired.push(before);
                return None;
            }
            WAITING.store(retired.len(), Ordering::SeqCst);
        }
        Some(before)
    }
}

impl<T: Send + Sync + 'static> Drop for Published<T> {
    fn drop(&mut self) {
        drop(self.replace(None));
    }
}

/// A slot in use, until this is dropped.
struct Reading {
    slot: &'static AtomicPtr<()>,
    depth: usize,
}

impl Reading {
    /// The next slot of this thread, if it has one.
    #[inline]
    fn begin() -> Option<Self> {
        HERE.with(|here| {
            let slots = match here.slots.get() {
                Some(slots) => slots,
                None => first(here)?,
            };
            let depth = here.depth.get();
            let slot = slots.reads.get(depth)?;
            here.depth.set(depth + 1);
            Some(Self { slot, depth })
        })
    }
}

/// The slots for the reads of this thread from now on; `None` if the thread is at its end.
#[cold]
fn first(here: &Here) -> Option<&'static Slots> {
    let _busy = Busy::enter(); // an annotated allocator must not come here in turn
    let slots = OWNED.try_with(|owned| owned.0).ok();
    here.slots.set(slots);
    slots
}

impl Drop for Reading {
    #[inline]
    fn drop(&mut self) {
        // Release: whoever finds the slot without it may drop what was read.
        self.slot.store(ptr::null_mut(), Ordering::Release);
        HERE.with(|here| here.depth.set(self.depth));
        // Relaxed: who does not see it in time is waited for, as `PATIENCE` says.
        if WAITING.load(Ordering::Relaxed) != 0 {
            drop_unread();
        }
    }
}
