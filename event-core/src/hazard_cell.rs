//! A value that many threads read without a shared write, and one at a time replaces.
//!
//! Hazard pointers: a reader writes into a slot of its own thread which value it looks at, and
//! whoever replaces a value keeps it for as long as it stands in a slot. This is the crate's only
//! file with `unsafe`: `arc-swap`, which is as safe without it, costs 97 instructions a read, and
//! this 18 (`benches/README.md`).
#![allow(
    unsafe_code,
    reason = "a value is borrowed from behind a pointer that others replace; each block says why \
              it is still there"
)]

use std::any::Any;
use std::cell::Cell;
use std::mem::ManuallyDrop;
use std::ptr;

use crate::sync::{Arc, AtomicBool, AtomicPtr, AtomicUsize, Mutex, Ordering, thread_local};
use crate::thread::hazard_slot::Slot;
use crate::thread::{self, Busy};

/// How often a value that was just replaced is looked for in the slots, before it is left to its
/// readers: one that leaves at this very moment may not know yet that it is waited for.
const PATIENCE: usize = if cfg!(event_loom) { 1 } else { 100 };

/// The slots of one thread. There are as many as threads that ever read at the same time.
struct Slots {
    first: &'static Slot,
    is_owned: AtomicBool,
    next: Option<&'static Self>,
}

thread_local! {
    // Has a destructor: after it, each read of this thread takes slots anew.
    static OWNED: Owned = Owned::take();
    // The slots that are taken for one read alone.
    static AT_END: Cell<Option<&'static Slots>> = const { Cell::new(None) };
}

/// All slots, the latest first. Only grows.
static ALL: AtomicPtr<Slots> = AtomicPtr::new(ptr::null_mut());

/// What was replaced while somebody looked at it.
static RETIRED: Mutex<Vec<Retired>> = Mutex::new(Vec::new());

/// How many there are in `RETIRED`, and threads that have slots for one read only: readers that leave
/// have something to do.
static WAITING: AtomicUsize = AtomicUsize::new(0);

/// The bits of the addresses of what is in `RETIRED`, and maybe of what was: a reader of anything else has
/// nothing to do when it leaves, however long somebody looks at a retired value.
static MARKS: AtomicUsize = AtomicUsize::new(0);

fn mark(address: *const ()) -> usize {
    if cfg!(event_loom) {
        return 1; // an address is chance, which a model must not have
    }
    // What is below differs little, as tables are allocated alike.
    1 << ((address.addr() >> 5) % usize::BITS as usize)
}

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
            first: Slot::new_chain(),
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
        if thread::is_in_listener() {
            return; // which ends the process: its slots stay as they are
        }
        thread::set_slots(None);
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
    all().any(|slots| holds(slots.first, address, Ordering::SeqCst))
}

fn holds(first: &'static Slot, address: *const (), ordering: Ordering) -> bool {
    first
        .chain()
        .any(|slot| ptr::eq(slot.value.load(ordering), address))
}

/// Drops what was replaced a while ago, if there is anything that nobody looks at any more: the
/// reader that left it may not have seen that it was waited for.
pub(crate) fn drop_waiting() {
    // SeqCst: as it is set.
    if WAITING.load(Ordering::SeqCst) != 0 {
        drop_unread();
    }
}

/// Drops what nobody looks at any more.
#[cold]
#[inline(never)]
fn drop_unread() {
    let unread: Vec<Retired> = {
        let _busy = Busy::enter();
        let mut retired = RETIRED.lock();
        let (read, unread): (_, Vec<_>) = std::mem::take(&mut *retired)
            .into_iter()
            .partition(|value| is_read(Arc::as_ptr(value).cast()));
        *retired = read;
        let marks = retired.iter().map(|value| mark(Arc::as_ptr(value).cast()));
        MARKS.store(marks.fold(0, std::ops::BitOr::bitor), Ordering::SeqCst);
        WAITING.fetch_sub(unread.len(), Ordering::SeqCst);
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

    /// Calls `read` with what is published, if there is anything, and the slot of this read; not where
    /// all slots are in use. The value stays alive until `read` returns.
    #[inline(always)]
    pub(crate) fn read<R>(&self, read: impl FnOnce(&T, &Slot) -> R) -> Option<R> {
        // Relaxed: it is only compared.
        let seen = self.current.load(Ordering::Relaxed);
        if seen.is_null() {
            return None;
        }
        let reading = Reading::begin()?;
        // SeqCst, here, in `enter_again`, `replace` and `is_read`: of this store and the load behind
        // it, and the swap of whoever replaces the value and its look at the slots, one pair comes
        // first. Either the value is still current here, and whoever replaces it later finds it in the
        // slot; or it is not, and is not used.
        reading.slot.value.store(seen.cast(), Ordering::SeqCst);
        let mut current = self.current.load(Ordering::SeqCst);
        if !ptr::eq(current, seen) {
            current = self.enter_again(reading.slot, current)?;
        }
        // SAFETY: it was current after its address stood in the slot, where that stays until `reading`
        // is dropped, after the borrow. It is not `seen`, which may be of a value that is gone and whose
        // address has come again. `replace` gives nothing up that stands in a slot, and before that
        // the count of the `Arc` includes `current`.
        Some(read(unsafe { &*current }, reading.slot))
    }

    /// Writes into `slot` what is current, unless nothing is.
    #[cold]
    fn enter_again(&self, slot: &Slot, mut seen: *mut T) -> Option<*mut T> {
        while !seen.is_null() {
            slot.value.store(seen.cast(), Ordering::SeqCst);
            let current = self.current.load(Ordering::SeqCst);
            if ptr::eq(current, seen) {
                return Some(current);
            }
            seen = current;
        }
        None
    }

    /// The published value, shared.
    pub(crate) fn get(&self) -> Option<Arc<T>> {
        let _lock = RETIRED.lock();
        let current = self.current.load(Ordering::SeqCst);
        if current.is_null() {
            return None;
        }
        // SAFETY: it comes from `Arc::into_raw` in `replace`, and the count that goes with it is taken
        // out of `current` with the lock held only.
        unsafe {
            Arc::increment_strong_count(current);
            Some(Arc::from_raw(current))
        }
    }

    /// Publishes `value` and returns what it replaced, for the caller to drop outside any lock;
    /// what somebody still looks at is dropped by its last reader instead.
    #[must_use = "dropping it may run a listener's `Drop`: do that outside the lock"]
    pub(crate) fn replace(&self, value: Option<Arc<T>>) -> Option<Arc<T>> {
        #[cfg(event_loom)] // whether an address comes again is chance, which a model must not have
        crate::sync::keep_address(value.as_ref());
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
            let marks = MARKS.load(Ordering::SeqCst); // changed with the lock held alone
            MARKS.store(marks | mark(address), Ordering::SeqCst);
            WAITING.fetch_add(1, Ordering::SeqCst);
            let is_read_here =
                thread::slots().is_some_and(|first| holds(first, address, Ordering::Relaxed));
            let is_still_read = |_| {
                std::hint::spin_loop();
                is_read(address)
            };
            if is_read_here || (0..PATIENCE).all(is_still_read) {
                retired.push(before);
                return None;
            }
            WAITING.fetch_sub(1, Ordering::SeqCst);
        }
        Some(before)
    }
}

impl<T: Send + Sync + 'static> Drop for Published<T> {
    fn drop(&mut self) {
        drop(self.replace(None));
    }
}

/// A read under way, until this is dropped.
struct Reading {
    slot: &'static Slot,
}

impl Reading {
    /// One more read on this thread, if there may be more.
    #[inline]
    fn begin() -> Option<Self> {
        let slot = thread::free_slot().or_else(first)?;
        thread::set_free_slot(slot.next());
        Some(Self { slot })
    }
}

impl Drop for Reading {
    #[inline]
    fn drop(&mut self) {
        // Relaxed: the thread's own.
        let value = self.slot.value.load(Ordering::Relaxed);
        // Release: whoever finds the slot without it may drop what was read.
        self.slot.value.store(ptr::null_mut(), Ordering::Release);
        thread::set_free_slot(Some(self.slot));
        // Acquire: with what is waited for come its marks. Who does not see it in time is waited for, as
        // `PATIENCE` says.
        if WAITING.load(Ordering::Acquire) != 0 {
            left(self.slot, value);
        }
    }
}

/// Takes slots for the reads of this thread from now on, and returns the first; `None` where all are
/// in use.
#[cold]
fn first() -> Option<&'static Slot> {
    if thread::slots().is_some() {
        return None;
    }
    let _busy = Busy::enter(); // an annotated allocator must not come here in turn
    let slots = OWNED.try_with(|owned| owned.0).unwrap_or_else(|_| {
        // The thread is at its end. It waits for itself, and gives the slots back when it leaves.
        WAITING.fetch_add(1, Ordering::SeqCst);
        let slots = ManuallyDrop::new(Owned::take()).0;
        AT_END.set(Some(slots));
        slots
    });
    thread::set_slots(Some(slots.first));
    Some(slots.first)
}

/// What a reader does that is waited for.
#[cold]
#[inline(never)]
fn left(slot: &Slot, value: *const ()) {
    if slot.depth() == 0 {
        if let Some(slots) = AT_END.take() {
            drop(Owned(slots));
            WAITING.fetch_sub(1, Ordering::SeqCst);
        }
    }
    if MARKS.load(Ordering::SeqCst) & mark(value) != 0 {
        drop_unread();
    }
}

#[cfg(not(event_loom))]
#[cfg(test)]
mod tests {
    use super::*;

    fn publish<T: Send + Sync>(place: &Published<T>, value: Option<&Arc<T>>) {
        drop(place.replace(value.map(Arc::clone)));
    }

    #[test]
    fn a_value_goes_with_its_place() {
        let (place, value) = (Published::empty(), Arc::new(1));
        publish(&place, Some(&value));
        assert_eq!(Arc::strong_count(&value), 2);
        drop(place);
        assert_eq!(Arc::strong_count(&value), 1);
    }

    #[test]
    fn whoever_looked_at_a_replaced_value_drops_it_on_the_way_out() {
        let (place, value) = (Published::empty(), Arc::new(1));
        publish(&place, Some(&value));
        place.read(|_, _| {
            publish(&place, None);
            assert_eq!(Arc::strong_count(&value), 2, "it is looked at");
        });
        assert_eq!(Arc::strong_count(&value), 1);
    }

    #[test]
    fn a_value_that_two_places_had_is_dropped_for_both() {
        let (places, value) = ([Published::empty(), Published::empty()], Arc::new(1));
        for place in &places {
            publish(place, Some(&value));
        }
        places[0].read(|_, _| {
            for place in &places {
                publish(place, None);
            }
            assert_eq!(Arc::strong_count(&value), 3, "it is looked at");
        });
        assert_eq!(Arc::strong_count(&value), 1);
    }

    #[test]
    fn slots_that_a_thread_takes_at_its_end_are_given_back() {
        static PLACE: Published<u8> = Published::empty();
        struct Reads;
        impl Drop for Reads {
            fn drop(&mut self) {
                assert_eq!(PLACE.read(|value, _| *value), Some(7));
            }
        }
        std::thread_local! {
            static AT_END: Reads = const { Reads };
        }
        publish(&PLACE, Some(&Arc::new(7)));
        let threads = 100;
        for _ in 0..threads {
            // Dropped after the thread's own slots, as it came before.
            let reads = || (AT_END.with(|_| ()), PLACE.read(|value, _| *value));
            assert_eq!(std::thread::spawn(reads).join().unwrap().1, Some(7));
        }
        let there_are = all().count();
        assert!(there_are < threads, "{there_are}");
    }
}
