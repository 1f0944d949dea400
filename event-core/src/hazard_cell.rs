//! A cell that many threads read without a shared write, and that one thread at a time replaces.
//!
//! It uses hazard pointers: a reader publishes the address that it reads in a [`Slot`] of its own
//! thread. A writer that replaces a value keeps the old one alive while its address is in a slot.
//!
//! This is the crate's only file with `unsafe`. A read costs 18 instructions here and 97 with
//! `arc-swap`, which needs no `unsafe` in this crate (`benches/README.md`).
//!
//! # Safety argument
//!
//! Claim: between steps 3 and 5 of a read, the value at `current` is alive.
//!
//! A read, in [`HazardCell::read`]:
//!
//! 1. loads `current` as `seen`;
//! 2. stores the address `seen` in a free slot of its thread (`SeqCst`);
//! 3. loads `current` again (`SeqCst`). If it differs, the read repeats step 2 with the new address
//!    ([`HazardCell::retry_protect`]). If it is equal, the read is protected;
//! 4. borrows the value;
//! 5. clears the slot (`Release`).
//!
//! A replacement, in [`HazardCell::replace`], holds the lock of `RETIRED` and:
//!
//! 6. swaps `current` for the new value (`SeqCst`) and takes over the old value's reference count;
//! 7. looks for the old address in every slot (`SeqCst`). If a slot has it, the old value goes to
//!    `RETIRED`, where the `Arc` keeps it alive. If no slot has it, the value may be dropped.
//!
//! All of steps 2, 3, 6 and 7 are `SeqCst`, so they have one total order. For a read and a
//! replacement of the same value there are two cases:
//!
//! * Step 3 precedes step 6. Then step 2 precedes step 7, and step 7 finds the address in the slot,
//!   unless step 5 has cleared it. If step 5 has, its `Release` store and the load in step 7
//!   synchronize: all accesses of step 4 happen before the drop.
//! * Step 6 precedes step 3. Then step 3 loads another value than the one that was replaced, and
//!   the read does not use the old one. If the allocator has reused the address for a newer value,
//!   the addresses are equal. The read then uses the pointer that step 3 loaded, which belongs to
//!   the newer value, and the first case holds for the newer value.
//!
//! A value in `RETIRED` is dropped by [`drop_unread`] under the same lock, after a look as in
//! step 7. By then `current` does not hold it, so no further read can become protected on it.
//!
//! Step 7 sees every slot that could hold the address: a thread adds its slots to `ALL` (`SeqCst`)
//! before it stores in them. If the load of `ALL` in step 7 misses them, it precedes that addition
//! in the total order. Hence step 6 precedes step 3 of every read in them, which is the second case.
//!
//! The other duties concern memory only, not safety: a reader that clears its slot after step 7
//! should drop the retired value. [`PENDING`] and [`RETIRED_MASK`] tell it so. If it misses them,
//! the next change of any cell drops the value ([`drop_retired`]).
#![allow(
    unsafe_code,
    reason = "a value is borrowed through a pointer that other threads replace; see the safety argument"
)]

use std::any::Any;
use std::cell::Cell;
use std::mem::ManuallyDrop;
use std::ptr;

use crate::sync::{Arc, AtomicBool, AtomicPtr, AtomicUsize, Mutex, Ordering, thread_local};
use crate::thread::hazard_slot::Slot;
use crate::thread::{self, SuppressEvents};

/// How often a writer looks again for a value that it found in a slot, before it retires the value.
/// A reader that exits at that moment may have loaded `PENDING` too early to see the writer's store.
const SPIN_LIMIT: usize = if cfg!(event_loom) { 1 } else { 100 };

/// The slots of one thread. There are as many of these as threads that ever read at the same time.
struct Slots {
    first: &'static Slot,
    is_owned: AtomicBool,
    next: Option<&'static Self>,
}

thread_local! {
    // Has a destructor. After it has run, each outermost read of this thread takes slots anew.
    static OWNED: Owned = Owned::take();
    // The slots that were taken for one outermost read after that.
    static TAKEN_AT_EXIT: Cell<Option<&'static Slots>> = const { Cell::new(None) };
}

/// All slots, the latest first. This list only grows.
static ALL: AtomicPtr<Slots> = AtomicPtr::new(ptr::null_mut());

/// The values that were replaced while a reader had them.
static RETIRED: Mutex<Vec<Retired>> = Mutex::new(Vec::new());

/// The number of values in `RETIRED`, plus the number of threads that have slots for one read only.
/// While it is not zero, readers call [`on_reader_exit`].
static PENDING: AtomicUsize = AtomicUsize::new(0);

/// A bit for each address in `RETIRED`, and maybe for addresses that were there. A reader of a value
/// without its bit has nothing to drop, however long another reader keeps a retired value.
static RETIRED_MASK: AtomicUsize = AtomicUsize::new(0);

fn mask_bit(address: *const ()) -> usize {
    if cfg!(event_loom) {
        return 1; // the address varies, and a model must be deterministic
    }
    // The low bits differ little, because values of one type are allocated alike.
    1 << ((address.addr() >> 5) % usize::BITS as usize)
}

type Retired = Arc<dyn Any + Send + Sync>;

/// Slots that are released when their thread ends.
struct Owned(&'static Slots);

impl Owned {
    fn take() -> Self {
        let free = all_slots().find(|slots| {
            // Acquire: pairs with the Release store in `drop`. All reads of the previous owner
            // happen before the reads of this thread. If the exchange fails, another thread owns
            // the slots, and this one tries the next.
            let taken =
                slots
                    .is_owned
                    .compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed);
            taken.is_ok()
        });
        Self(free.unwrap_or_else(Self::add))
    }

    fn add() -> &'static Slots {
        // One thread at a time, so that no addition is lost.
        let _lock = RETIRED.lock();
        let slots = Box::leak(Box::new(Slots {
            first: Slot::new_chain(),
            is_owned: AtomicBool::new(true),
            next: all_slots().next(),
        }));
        // SeqCst: precedes the stores in these slots in the total order; see the safety argument.
        ALL.store(slots, Ordering::SeqCst);
        slots
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        if thread::is_reading() {
            return; // a listener ends the process: its slots stay as they are
        }
        thread::set_slot_chain(None);
        // Release: pairs with the Acquire exchange in `take`.
        self.0.is_owned.store(false, Ordering::Release);
    }
}

fn all_slots() -> impl Iterator<Item = &'static Slots> {
    let first = ALL.load(Ordering::SeqCst);
    // SAFETY: `first` is null or was stored by `Owned::add`, which stores leaked boxes. They are
    // never freed, and no unique reference to them exists.
    let first = unsafe { first.as_ref() };
    std::iter::successors(first, |slots| slots.next)
}

/// Returns whether a reader has the value at `address`.
fn is_read(address: *const ()) -> bool {
    // SeqCst: step 7 of the safety argument.
    all_slots().any(|slots| holds(slots.first, address, Ordering::SeqCst))
}

fn holds(first: &'static Slot, address: *const (), ordering: Ordering) -> bool {
    first
        .chain()
        .any(|slot| ptr::eq(slot.value.load(ordering), address))
}

/// Drops retired values that have no reader any more. Their last reader may have missed them.
pub(crate) fn drop_retired() {
    // SeqCst: as the changes of `PENDING`.
    if PENDING.load(Ordering::SeqCst) != 0 {
        drop_unread();
    }
}

/// Drops the retired values that have no reader.
#[cold]
#[inline(never)]
fn drop_unread() {
    let unread: Vec<Retired> = {
        let _suppress = SuppressEvents::new();
        let mut retired = RETIRED.lock();
        let (read, unread): (_, Vec<_>) = std::mem::take(&mut *retired)
            .into_iter()
            .partition(|value| is_read(Arc::as_ptr(value).cast()));
        *retired = read;
        let bits = retired
            .iter()
            .map(|value| mask_bit(Arc::as_ptr(value).cast()));
        RETIRED_MASK.store(bits.fold(0, std::ops::BitOr::bitor), Ordering::SeqCst);
        PENDING.fetch_sub(unread.len(), Ordering::SeqCst);
        unread
    };
    drop(unread); // after the lock is released: a listener's `Drop` may do anything
}

/// A shared value, or none.
pub(crate) struct HazardCell<T: Send + Sync + 'static> {
    /// Null, or from `Arc::into_raw`: the cell owns one reference count.
    current: AtomicPtr<T>,
}

impl<T: Send + Sync + 'static> HazardCell<T> {
    pub(crate) const fn empty() -> Self {
        Self {
            current: AtomicPtr::new(ptr::null_mut()),
        }
    }

    /// Calls `read` with the value, if there is one, and with the slot of this read. The value
    /// stays alive until `read` returns. Returns `None` without a value, or if all slots of this
    /// thread are in use.
    #[inline(always)]
    pub(crate) fn read<R>(&self, read: impl FnOnce(&T, &Slot) -> R) -> Option<R> {
        // Relaxed: `seen` is only compared.
        let seen = self.current.load(Ordering::Relaxed);
        if seen.is_null() {
            return None;
        }
        let reading = Reading::begin()?;
        // SeqCst: steps 2 and 3 of the safety argument.
        reading.slot.value.store(seen.cast(), Ordering::SeqCst);
        let mut current = self.current.load(Ordering::SeqCst);
        if !ptr::eq(current, seen) {
            current = self.retry_protect(reading.slot, current)?;
        }
        // SAFETY: `current` was loaded after its address was published in the slot, where it stays
        // until `reading` drops, after the borrow. A writer that replaces it finds it there and keeps
        // it alive; see the safety argument. Use `current`, not `seen`: the addresses are equal, but
        // `seen` may point to a freed object whose address was reused. `current` comes from
        // `Arc::into_raw`, so it is aligned and initialized, and only shared references exist.
        Some(read(unsafe { &*current }, reading.slot))
    }

    /// Publishes in `slot` the address of the current value, until that is still current after the
    /// store. Returns `None` if the cell has become empty.
    #[cold]
    fn retry_protect(&self, slot: &Slot, mut seen: *mut T) -> Option<*mut T> {
        while !seen.is_null() {
            // SeqCst: steps 2 and 3 of the safety argument.
            slot.value.store(seen.cast(), Ordering::SeqCst);
            let current = self.current.load(Ordering::SeqCst);
            if ptr::eq(current, seen) {
                return Some(current);
            }
            seen = current;
        }
        None
    }

    /// Returns the value, shared.
    pub(crate) fn get(&self) -> Option<Arc<T>> {
        let _lock = RETIRED.lock();
        let current = self.current.load(Ordering::SeqCst);
        if current.is_null() {
            return None;
        }
        // SAFETY: `current` comes from `Arc::into_raw` in `replace`. The cell's reference count is
        // taken out of it only under the lock, which this thread holds, so the value is alive.
        unsafe {
            Arc::increment_strong_count(current);
            Some(Arc::from_raw(current))
        }
    }

    /// Replaces the value. Returns the old one, for the caller to drop outside any lock. If a reader
    /// has the old value, returns `None`, and the last reader drops the value.
    #[must_use = "dropping it may run a listener's `Drop`: do that outside the lock"]
    pub(crate) fn replace(&self, value: Option<Arc<T>>) -> Option<Arc<T>> {
        #[cfg(event_loom)]
        // whether an address is reused varies, and a model must be deterministic
        crate::sync::keep_address(value.as_ref());
        let value = value.map_or(ptr::null(), Arc::into_raw);
        let mut retired = RETIRED.lock();
        // SeqCst: step 6 of the safety argument.
        let before = self.current.swap(value.cast_mut(), Ordering::SeqCst);
        if before.is_null() {
            return None;
        }
        // SAFETY: `before` comes from `Arc::into_raw` above. The swap took it out of the cell, so
        // the cell's reference count is taken over exactly once.
        let before = unsafe { Arc::from_raw(before.cast_const()) };
        let address = Arc::as_ptr(&before).cast();
        if is_read(address) {
            // From now on, readers that exit look for the value.
            let mask = RETIRED_MASK.load(Ordering::SeqCst); // changes only under the lock
            RETIRED_MASK.store(mask | mask_bit(address), Ordering::SeqCst);
            PENDING.fetch_add(1, Ordering::SeqCst);
            let is_read_here =
                thread::slot_chain().is_some_and(|first| holds(first, address, Ordering::Relaxed));
            let is_still_read = |_| {
                std::hint::spin_loop();
                is_read(address)
            };
            if is_read_here || (0..SPIN_LIMIT).all(is_still_read) {
                retired.push(before);
                return None;
            }
            PENDING.fetch_sub(1, Ordering::SeqCst);
        }
        Some(before)
    }
}

impl<T: Send + Sync + 'static> Drop for HazardCell<T> {
    fn drop(&mut self) {
        drop(self.replace(None));
    }
}

/// A read in progress, until this is dropped.
struct Reading {
    slot: &'static Slot,
}

impl Reading {
    /// Begins a read on this thread, if a slot is free.
    #[inline]
    fn begin() -> Option<Self> {
        let slot = thread::free_slot().or_else(acquire_slots)?;
        thread::set_free_slot(slot.next());
        Some(Self { slot })
    }
}

impl Drop for Reading {
    #[inline]
    fn drop(&mut self) {
        // Relaxed: only this thread stores in the slot.
        let value = self.slot.value.load(Ordering::Relaxed);
        // Release: pairs with the SeqCst load in `is_read`. A writer that finds the slot cleared may
        // drop the value, and all accesses of this read happen before. A writer that still finds the
        // address retires the value.
        self.slot.value.store(ptr::null_mut(), Ordering::Release);
        thread::set_free_slot(Some(self.slot));
        // Acquire: pairs with the writer's SeqCst change of `PENDING`, so that the mask is visible
        // too. If this load misses the change, the writer's spin loop (`SPIN_LIMIT`) sees the cleared
        // slot instead.
        if PENDING.load(Ordering::Acquire) != 0 {
            on_reader_exit(self.slot, value);
        }
    }
}

/// Takes slots for the reads of this thread, and returns the first. Returns `None` if the thread has
/// slots and all are in use.
#[cold]
fn acquire_slots() -> Option<&'static Slot> {
    if thread::slot_chain().is_some() {
        return None;
    }
    let _suppress = SuppressEvents::new(); // an annotated allocator must not re-enter this
    let slots = OWNED.try_with(|owned| owned.0).unwrap_or_else(|_| {
        // The thread is ending. It counts in `PENDING`, so that it releases the slots after this
        // read.
        PENDING.fetch_add(1, Ordering::SeqCst);
        let slots = ManuallyDrop::new(Owned::take()).0;
        TAKEN_AT_EXIT.set(Some(slots));
        slots
    });
    thread::set_slot_chain(Some(slots.first));
    Some(slots.first)
}

/// Releases the slots of a thread that is ending, and drops retired values that have no reader.
#[cold]
#[inline(never)]
fn on_reader_exit(slot: &Slot, value: *const ()) {
    if slot.depth() == 0 {
        if let Some(slots) = TAKEN_AT_EXIT.take() {
            drop(Owned(slots));
            PENDING.fetch_sub(1, Ordering::SeqCst);
        }
    }
    if RETIRED_MASK.load(Ordering::SeqCst) & mask_bit(value) != 0 {
        drop_unread();
    }
}

#[cfg(not(event_loom))]
#[cfg(test)]
mod tests {
    use super::*;

    fn set<T: Send + Sync>(cell: &HazardCell<T>, value: Option<&Arc<T>>) {
        drop(cell.replace(value.map(Arc::clone)));
    }

    #[test]
    fn dropping_the_cell_drops_its_value() {
        let (cell, value) = (HazardCell::empty(), Arc::new(1));
        set(&cell, Some(&value));
        assert_eq!(Arc::strong_count(&value), 2);
        drop(cell);
        assert_eq!(Arc::strong_count(&value), 1);
    }

    #[test]
    fn whoever_looked_at_a_replaced_value_drops_it_on_the_way_out() {
        let (cell, value) = (HazardCell::empty(), Arc::new(1));
        set(&cell, Some(&value));
        cell.read(|_, _| {
            set(&cell, None);
            assert_eq!(Arc::strong_count(&value), 2, "it has a reader");
        });
        assert_eq!(Arc::strong_count(&value), 1);
    }

    #[test]
    fn a_value_of_two_cells_is_dropped_for_both() {
        let (cells, value) = ([HazardCell::empty(), HazardCell::empty()], Arc::new(1));
        for cell in &cells {
            set(cell, Some(&value));
        }
        cells[0].read(|_, _| {
            for cell in &cells {
                set(cell, None);
            }
            assert_eq!(Arc::strong_count(&value), 3, "it has a reader");
        });
        assert_eq!(Arc::strong_count(&value), 1);
    }

    #[test]
    fn slots_taken_while_a_thread_ends_are_released() {
        static CELL: HazardCell<u8> = HazardCell::empty();
        struct Reads;
        impl Drop for Reads {
            fn drop(&mut self) {
                assert_eq!(CELL.read(|value, _| *value), Some(7));
            }
        }
        std::thread_local! {
            static AT_END: Reads = const { Reads };
        }
        set(&CELL, Some(&Arc::new(7)));
        let threads = 100;
        for _ in 0..threads {
            // Dropped after the thread's own slots, because it was initialized before them.
            let reads = || (AT_END.with(|_| ()), CELL.read(|value, _| *value));
            assert_eq!(std::thread::spawn(reads).join().unwrap().1, Some(7));
        }
        let count = all_slots().count();
        assert!(count < threads, "{count}");
    }
}
