//! A cell that many threads read without a shared write, and that one thread at a time replaces.
//!
//! It uses hazard pointers: a reader publishes the address that it reads in a [`Slot`] of its own
//! thread. A writer that replaces a value keeps the old one alive while its address is in a slot.
//!
//! `arc-swap` would need no `unsafe` here, but with it an
//! enabled call, which reads twice, takes 165 instructions more (`benches/README.md`).
//!
//! # Safety argument
//!
//! Claim: from step 3 to step 5 of a read, the value at the address in its slot is alive.
//!
//! The cell owns a reference count on its value until a replacement removes the value. So only a
//! replacement that releases this count too early could break the claim.
//!
//! A read, in [`HazardCell::read_in`], takes these steps:
//!
//! 1. It loads `current` as `seen` (`Relaxed`), and takes the first free slot of its thread.
//! 2. It stores the address of `seen` in the slot (`SeqCst`).
//! 3. It loads `current` again (`SeqCst`). If the address differs from the one in the slot, the
//!    read repeats step 2 with the new address ([`HazardCell::retry_protect`]). If it is equal, the
//!    read is protected.
//! 4. It borrows the value through the pointer that step 3 loaded.
//! 5. It clears the slot (`Release`), when [`Reading`] drops.
//!
//! A replacement, in [`HazardCell::replace`], takes these steps while it holds the lock of
//! `RETIRED`:
//!
//! 6. It swaps `current` for the new value (`SeqCst`). It now owns the reference count that the
//!    cell had on the old value.
//! 7. It looks for the old address in every slot (`SeqCst`). If a slot has it, the reference count
//!    moves to `RETIRED`, which keeps the value alive. If no slot has it, the count may be dropped.
//!
//! Steps 2, 3, 6 and 7 are all `SeqCst`, so they have one total order. Take a read that step 3 has
//! protected, and a replacement that removes a value at the same address. There are two cases:
//!
//! * Step 3 precedes step 6. Then step 2 precedes step 7, so step 7 loads what step 2 or a later
//!   store put in the slot. If it loads the address, the value is retired. If not, it loads the
//!   store of step 5, or a store of a later read in this slot, which happens after step 5. These
//!   stores are `Release` or `SeqCst` and pair with the `SeqCst` load of step 7. The accesses of
//!   step 4 therefore happen before the drop.
//! * Step 6 precedes step 3. Then step 3 loads a pointer that was stored after the old value was
//!   removed, so the read does not use the old value. If the pointer has the same address, it
//!   belongs to a newer value: the allocator reused the address, or the same `Arc` was stored
//!   again. The read is then a read of the newer value. Its step 3 precedes the removal of that
//!   value, which is the first case.
//!
//! Step 3 also pairs with the swap that stored the pointer (step 6 of an earlier replacement). The
//! value was initialized before that swap, so step 4 sees it initialized.
//!
//! Only the thread that owns a slot stores in it, and it gives up its slots only when it reads
//! nothing. Each slot serves one read at a time: from step 2 to step 5 it is not null, so no other
//! read takes it. `read` calls a closure, so the reads of a thread end in reverse order, and its
//! free slots are always the rest of the chain.
//!
//! Step 7 sees every slot that may have the address. A thread adds its slots to `ALL` (`SeqCst`)
//! before it stores in them, so every step 3 in these slots follows that addition. If step 7 loads
//! `ALL` without them, that load precedes the addition, and so does step 6. Step 6 then precedes
//! every step 3 in these slots, which is the second case.
//!
//! The loop at the end of `replace` and [`drop_unread`] look in the slots again, under the same
//! lock and as in step 7, before they release the count. Both cases hold for such a later look too,
//! because it follows step 6.
//!
//! All else concerns memory, not safety. A reader that clears its slot after step 7 should drop the
//! retired value. [`PENDING`] and [`RETIRED_MASK`] show the reader that there is one. If the reader
//! loads them too early, the next [`drop_retired`] drops the value. The registry calls that
//! function after each change.
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

/// The number of times that a writer looks for a value in the slots again before it retires the
/// value.
///
/// A reader that clears its slot at this time may load `PENDING` before the writer changes it, and
/// then leaves the value to the writer. Looking again gives the cleared slot time to become
/// visible.
const SPIN_LIMIT: usize = if cfg!(event_loom) { 1 } else { 100 };

/// The slots of one thread, in the list [`ALL`].
///
/// They are never freed. After their owner ends, another thread may take them, so the length of the
/// list depends on how many threads run at the same time, not on how many ever ran.
struct Slots {
    first: &'static Slot,
    is_owned: AtomicBool,
    next: Option<&'static Self>,
}

thread_local! {
    // Has a destructor. After it has run, each outermost read takes slots and releases them again.
    static OWNED: Owned = Owned::take();
    // The slots of such a read. Has no destructor, so it is accessible until the thread ends.
    static TAKEN_AT_EXIT: Cell<Option<&'static Slots>> = const { Cell::new(None) };
}

/// All slots, the latest first. This list only grows.
static ALL: AtomicPtr<Slots> = AtomicPtr::new(ptr::null_mut());

/// The values that were replaced during a read of them.
static RETIRED: Mutex<Vec<Retired>> = Mutex::new(Vec::new());

/// The number of values in `RETIRED`, plus the number of threads with slots in `TAKEN_AT_EXIT`.
/// Readers call [`on_reader_exit`] while it is greater than zero.
static PENDING: AtomicUsize = AtomicUsize::new(0);

/// The [`mask_bit`]s of all addresses in `RETIRED`, and possibly of earlier ones. It changes only
/// under the lock of `RETIRED`.
///
/// A reader whose bit is clear has no retired value to drop, and skips the lock. This matters while
/// another reader keeps `PENDING` above zero for a long time.
static RETIRED_MASK: AtomicUsize = AtomicUsize::new(0);

fn mask_bit(address: *const ()) -> usize {
    if cfg!(event_loom) {
        return 1; // addresses vary between executions, and a model must be deterministic
    }
    // Without the low bits, which differ little because allocations are aligned.
    1 << ((address.addr() >> 5) % usize::BITS as usize)
}

type Retired = Arc<dyn Any + Send + Sync>;

/// The slots that a thread owns. Dropping it releases them.
struct Owned(&'static Slots);

impl Owned {
    /// Takes slots without an owner, or adds new ones.
    fn take() -> Self {
        let free = all_slots().find(|slots| {
            // Acquire: pairs with the Release store in `drop`. If the exchange finds that store,
            // all reads of the previous owner happen before those of this thread. If it finds
            // `true`, another thread owns the slots, and this thread tries the next. The failure is
            // Relaxed because these slots are then not used.
            let taken =
                slots
                    .is_owned
                    .compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed);
            taken.is_ok()
        });
        Self(free.unwrap_or_else(Self::add))
    }

    fn add() -> &'static Slots {
        // Without the lock, a concurrent addition between the load and the store would be lost.
        let _lock = RETIRED.lock();
        let slots: &'static Slots = Box::leak(Box::new(Slots {
            first: Slot::new_chain(),
            is_owned: AtomicBool::new(true),
            next: all_slots().next(),
        }));
        // SeqCst: pairs with the load in `all_slots`. If the load follows in the total order, it
        // sees these slots. If the load of a replacement precedes, no read in these slots can use
        // the value that the replacement removes; see the safety argument.
        ALL.store(ptr::from_ref(slots).cast_mut(), Ordering::SeqCst);
        slots
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        if thread::is_reading() {
            return; // a listener called `process::exit`, so its read is still in progress
        }
        thread::set_slot_chain(None);
        // Release: pairs with the Acquire exchange in `take`. A thread that finds `false` owns the
        // slots after all reads of this thread. A thread that finds `true` does not take them.
        self.0.is_owned.store(false, Ordering::Release);
    }
}

/// Returns the slots of all threads, the latest first.
fn all_slots() -> impl Iterator<Item = &'static Slots> {
    // SeqCst: part of step 7; pairs with the store in `Owned::add`, so the slots are initialized.
    let first = ALL.load(Ordering::SeqCst);
    // SAFETY: `first` is null, or a shared reference to a leaked box that `Owned::add` stored. It
    // is aligned and initialized, never freed, and never accessed through a unique reference.
    let first = unsafe { first.as_ref() };
    std::iter::successors(first, |slots| slots.next)
}

/// Returns whether any slot has `address`. Call with the lock of `RETIRED` held.
fn is_read(address: *const ()) -> bool {
    // SeqCst: step 7 of the safety argument.
    all_slots().any(|slots| holds(slots.first, address, Ordering::SeqCst))
}

/// Returns whether a slot of the chain that begins with `first` has `address`.
fn holds(first: &'static Slot, address: *const (), ordering: Ordering) -> bool {
    first
        .chain()
        .any(|slot| ptr::eq(slot.value.load(ordering), address))
}

/// Drops the retired values that are no longer read. The last reader of a value may have missed
/// that the value was retired.
pub(crate) fn drop_retired() {
    // SeqCst: pairs with the changes of `PENDING`. If this load misses one, the thread that made it
    // calls this function after its own change of the registry.
    if PENDING.load(Ordering::SeqCst) != 0 {
        drop_unread();
    }
}

/// Drops the retired values that are in no slot.
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
    drop(unread); // after the lock is released: a listener's `Drop` may register listeners
}

/// A shared value, or none.
///
/// `AtomicPtr` is `Send` and `Sync` for every `T`. The cell needs the bounds, because `read` and
/// `get` share the value between threads, and any of these threads may drop it.
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

    /// Calls `read` with the value and the slot of this read. The value stays alive until `read`
    /// returns. Returns `None` if the cell is empty, or if all slots of this thread are in use.
    #[inline(always)]
    pub(crate) fn read<R>(&self, read: impl FnOnce(&T, &Slot) -> R) -> Option<R> {
        // Relaxed: `seen` is never dereferenced; step 3 loads the pointer again.
        let seen = self.current.load(Ordering::Relaxed);
        if seen.is_null() {
            return None;
        }
        let slot = thread::free_slot().or_else(acquire_slots)?;
        self.read_in(slot, seen, read, |slot, current| {
            self.retry_protect(slot, current)
        })
    }

    /// Does the same as [`read`](Self::read) in the usual case: the cell has a value, which is not
    /// being replaced, and no other read is in progress on this thread, which has slots. Otherwise
    /// returns `None`, without calling `read`.
    #[inline(always)]
    pub(crate) fn read_outermost<R>(&self, read: impl FnOnce(&T, &Slot) -> R) -> Option<R> {
        // Relaxed: as in `read`.
        let seen = self.current.load(Ordering::Relaxed);
        if seen.is_null() {
            return None;
        }
        let slot = thread::outermost_slot()?;
        self.read_in(slot, seen, read, |_, _| None)
    }

    /// Calls `read` with the value, which was `seen`. If another value is current, `retry` returns
    /// it after protecting it.
    #[inline(always)]
    fn read_in<R>(
        &self,
        slot: &'static Slot,
        seen: *mut T,
        read: impl FnOnce(&T, &Slot) -> R,
        retry: impl FnOnce(&Slot, *mut T) -> Option<*mut T>,
    ) -> Option<R> {
        // SeqCst: steps 2 and 3 of the safety argument. They pair with steps 7 and 6 of a writer.
        // If step 3 precedes the writer's swap, the writer finds the address in the slot. If it
        // follows the swap, step 3 loads the newer pointer.
        slot.value.store(seen.cast(), Ordering::SeqCst);
        let mut current = self.current.load(Ordering::SeqCst);
        if !ptr::eq(current, seen) {
            let Some(protected) = retry(slot, current) else {
                end_without_value(slot);
                return None;
            };
            current = protected;
        }
        let reading = Reading {
            slot,
            value: current.cast(),
        };
        // SAFETY: `current` was loaded after its address was published in the slot. The address
        // stays there until `reading` drops, at the end of this function. A writer that replaces
        // the value in the meantime finds the address there and keeps the value alive; see the
        // safety argument. Use `current`, not `seen`: the addresses are equal, but `seen` may point
        // to a freed object whose address was reused. `current` comes from `Arc::into_raw`, so it
        // is aligned, and it was initialized before the swap that step 3 pairs with. An `Arc` hands
        // out shared references only.
        let result = read(unsafe { &*current }, slot);
        drop(reading);
        Some(result)
    }

    /// Repeats steps 2 and 3 until the value whose address is in `slot` is still current after the
    /// store. Returns `None` if the cell has become empty.
    #[cold]
    fn retry_protect(&self, slot: &Slot, mut seen: *mut T) -> Option<*mut T> {
        while !seen.is_null() {
            // SeqCst: as in `read`.
            slot.value.store(seen.cast(), Ordering::SeqCst);
            let current = self.current.load(Ordering::SeqCst);
            if ptr::eq(current, seen) {
                return Some(current);
            }
            seen = current;
        }
        None
    }

    /// Returns a shared reference to the value.
    pub(crate) fn get(&self) -> Option<Arc<T>> {
        let _lock = RETIRED.lock(); // the cell changes only under this lock
        let current = self.current.load(Ordering::SeqCst);
        if current.is_null() {
            return None;
        }
        // SAFETY: `current` comes from `Arc::into_raw` in `replace`. `replace` removes the cell's
        // reference count only under the lock that this thread holds, so the value is alive. The
        // count that is added here belongs to the `Arc` that is returned.
        unsafe {
            Arc::increment_strong_count(current);
            Some(Arc::from_raw(current))
        }
    }

    /// Replaces the value and returns the old one. The caller must drop it after releasing its own
    /// locks. If the old value is being read, retires it and returns `None`; its last reader drops
    /// it.
    #[must_use = "dropping the old value may run a listener's `Drop`; drop it outside of any lock"]
    pub(crate) fn replace(&self, value: Option<Arc<T>>) -> Option<Arc<T>> {
        // Reuse of addresses varies between executions, and a model must be deterministic.
        #[cfg(event_loom)]
        crate::sync::keep_address(value.as_ref());
        let value = value.map_or(ptr::null(), Arc::into_raw);
        let mut retired = RETIRED.lock();
        // SeqCst: step 6 of the safety argument. A read whose step 3 precedes the swap has
        // published the old address, and `is_read` finds it. A read whose step 3 follows loads the
        // new pointer.
        let before = self.current.swap(value.cast_mut(), Ordering::SeqCst);
        if before.is_null() {
            return None;
        }
        // SAFETY: `before` comes from `Arc::into_raw` in an earlier call of this function. The swap
        // removed it from the cell, so the cell's reference count is taken over exactly once.
        let before = unsafe { Arc::from_raw(before.cast_const()) };
        let address = Arc::as_ptr(&before).cast();
        if is_read(address) {
            // The mask first: a reader that sees the change of `PENDING` then sees the bit too.
            let mask = RETIRED_MASK.load(Ordering::SeqCst);
            RETIRED_MASK.store(mask | mask_bit(address), Ordering::SeqCst);
            PENDING.fetch_add(1, Ordering::SeqCst);
            // A read of this thread cannot end while this function spins. Relaxed: a thread sees
            // its own stores.
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

/// A read in progress. Dropping it ends the read.
struct Reading {
    slot: &'static Slot,
    /// The address in the slot.
    value: *const (),
}

/// Ends a read that has found no value.
#[cold]
#[inline(never)]
fn end_without_value(slot: &'static Slot) {
    let value = slot.value.load(Ordering::Relaxed); // Relaxed: only this thread stores in it
    drop(Reading { slot, value });
}

impl Drop for Reading {
    #[inline]
    fn drop(&mut self) {
        // Release: step 5; pairs with the SeqCst load in `is_read`. If that load finds the slot
        // cleared, the writer may drop the value, and all accesses of this read happen before the
        // drop. If it still finds the address, the writer retires the value.
        self.slot.value.store(ptr::null_mut(), Ordering::Release);
        // Acquire: pairs with the writer's SeqCst change of `PENDING`. If this load sees the
        // change, the mask is visible too. If it misses the change, the writer's spin loop
        // (`SPIN_LIMIT`) usually finds the slot cleared; otherwise the next `drop_retired` drops
        // the value.
        if PENDING.load(Ordering::Acquire) != 0 {
            on_reader_exit(self.slot, self.value);
        }
    }
}

/// Takes slots for the reads of this thread and returns the first. Returns `None` if the thread
/// already has slots, which are then all in use.
#[cold]
fn acquire_slots() -> Option<&'static Slot> {
    if thread::slot_chain().is_some() {
        return None;
    }
    let _suppress = SuppressEvents::new(); // an annotated allocator must not re-enter this
    let slots = OWNED.try_with(|owned| owned.0).unwrap_or_else(|_| {
        // The thread is ending. It counts in `PENDING`, so this read calls `on_reader_exit`, which
        // releases the slots.
        PENDING.fetch_add(1, Ordering::SeqCst);
        let slots = ManuallyDrop::new(Owned::take()).0;
        TAKEN_AT_EXIT.set(Some(slots));
        slots
    });
    thread::set_slot_chain(Some(slots.first));
    Some(slots.first)
}

/// Does the rare work at the end of a read of `value`: releases the slots of a thread that is
/// ending, and drops retired values that are no longer read.
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
        let cell = HazardCell::empty();
        let value = Arc::new(1);
        set(&cell, Some(&value));
        assert_eq!(Arc::strong_count(&value), 2);
        drop(cell);
        assert_eq!(Arc::strong_count(&value), 1);
    }

    #[test]
    fn the_last_reader_of_a_replaced_value_drops_it() {
        let cell = HazardCell::empty();
        let value = Arc::new(1);
        set(&cell, Some(&value));
        cell.read(|_, _| {
            set(&cell, None);
            assert_eq!(Arc::strong_count(&value), 2, "the value is being read");
        });
        assert_eq!(Arc::strong_count(&value), 1);
    }

    #[test]
    fn a_retired_value_of_two_cells_is_dropped_for_both() {
        let cells = [HazardCell::empty(), HazardCell::empty()];
        let value = Arc::new(1);
        for cell in &cells {
            set(cell, Some(&value));
        }
        cells[0].read(|_, _| {
            for cell in &cells {
                set(cell, None);
            }
            assert_eq!(Arc::strong_count(&value), 3, "the value is being read");
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
            // `AT_END` is initialized before `OWNED`, and so dropped after it.
            let reads = || (AT_END.with(|_| ()), CELL.read(|value, _| *value));
            assert_eq!(std::thread::spawn(reads).join().unwrap().1, Some(7));
        }
        let count = all_slots().count();
        assert!(count < threads, "{count}");
    }
}
